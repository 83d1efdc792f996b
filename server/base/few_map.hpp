#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

// A hash table that begins as a short list. Most sessions have a few of a thing, which are searched
// one by one in no more memory than they need; the smallest hash table has room for thirty.

namespace avow::server {

/// `Key` and `T` are small, and `T` is default constructible.
template <class Key, class T, class Hash>
class FewMap {
 public:
  /// So many are a list.
  static constexpr std::size_t few = 8;

  // What these answer is valid until another is added or erased.

  /// Nothing if it is not there.
  [[nodiscard]] T* find(const Key& key) {
    if (many_ != nullptr) {
      const auto found = many_->find(key);
      return found == many_->end() ? nullptr : &found->second;
    }
    for (auto& [each, value] : few_) {
      if (each == key) return &value;
    }
    return nullptr;
  }
  [[nodiscard]] const T* find(const Key& key) const {
    return const_cast<FewMap&>(*this).find(key);  // NOLINT: finding it changes nothing.
  }
  [[nodiscard]] bool contains(const Key& key) const { return find(key) != nullptr; }
  /// `key` is not there yet.
  T& add(const Key& key, T value) {
    if (many_ == nullptr && few_.size() == few) begin_table();
    if (many_ != nullptr) return many_->emplace(key, std::move(value)).first->second;
    return few_.emplace_back(key, std::move(value)).second;
  }
  /// What is there under `key`, or a new one.
  T& find_or_add(const Key& key) {
    T* const found = find(key);
    return found != nullptr ? *found : add(key, T());
  }
  /// Nothing happens if it is not there.
  void erase(const Key& key) {
    if (many_ != nullptr) {
      many_->erase(key);
      return;
    }
    for (auto& entry : few_) {
      if (entry.first != key) continue;
      entry = std::move(few_.back());
      return few_.pop_back();
    }
  }
  void clear() {
    few_.clear();
    many_.reset();
  }

  [[nodiscard]] std::size_t size() const { return many_ != nullptr ? many_->size() : few_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// In an order that nobody may see.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, value] : few_) visit(key, value);
    if (many_ == nullptr) return;
    for (const auto& [key, value] : *many_) visit(key, value);
  }

 private:
  using Many = boost::unordered_flat_map<Key, T, Hash>;

  void begin_table() {
    many_ = std::make_unique<Many>();
    for (auto& [key, value] : few_) many_->emplace(key, std::move(value));
    few_ = {};
  }

  std::vector<std::pair<Key, T>> few_;
  std::unique_ptr<Many> many_;  // All of them, once they were more than a few.
};

}  // namespace avow::server
