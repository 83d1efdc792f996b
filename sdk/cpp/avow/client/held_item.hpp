#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "avow/model/value.hpp"

namespace avow {

class Core;

/// What stands behind an Item: given back when nobody can consume it any more.
class HeldItem {
 public:
  /// `connection` is the one that holds it; 0 if none does any more.
  HeldItem(std::weak_ptr<Core> core, std::uint64_t id, Value value, std::uint64_t connection);
  HeldItem(const HeldItem&) = delete;
  HeldItem& operator=(const HeldItem&) = delete;
  ~HeldItem();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] std::uint64_t connection() const { return connection_; }
  [[nodiscard]] std::shared_ptr<Core> core() const { return core_.lock(); }
  /// It has been consumed, or given back: its end means nothing any more.
  void settle() { settled_ = true; }
  void give_back() noexcept;

 private:
  const std::weak_ptr<Core> core_;
  const std::uint64_t id_;
  const Value value_;
  const std::uint64_t connection_;
  std::atomic<bool> settled_ = false;
};

}  // namespace avow
