#include "avow/model/builder.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/integer.hpp"

namespace avow {
namespace {

// What most values take, so that a builder grows once and not byte by byte.
constexpr std::size_t usual_bytes = 128;
constexpr std::size_t usual_depth = 8;
constexpr std::size_t usual_boundaries = 16;

// An element of a set, or an entry of a dictionary: the bytes that are moved when sorting, and
// those that say where to.
struct Sortable {
  ByteView whole;
  ByteView key;
};

bool has_equal_neighbours(const std::vector<Sortable>& all) {
  return std::adjacent_find(all.begin(), all.end(), [](const Sortable& a, const Sortable& b) {
           return equal(a.key, b.key);
         }) != all.end();
}

}  // namespace

Builder& Builder::boolean(bool value) {
  note_element();
  out_.push_back(value ? tag::true_ : tag::false_);
  return *this;
}
Builder& Builder::number(double value) {
  note_element();
  append_double(out_, value);
  return *this;
}
Builder& Builder::integer(std::int64_t value) {
  note_element();
  append_integer(out_, value);
  return *this;
}
Builder& Builder::integer(std::uint64_t value) {
  note_element();
  append_integer(out_, value);
  return *this;
}
Builder& Builder::integer_bytes(ByteView big_endian) {
  note_element();
  append_atom(out_, tag::integer, shortest_integer(big_endian));
  return *this;
}
Builder& Builder::string(std::string_view text) { return this->text(tag::string, text); }
Builder& Builder::symbol(std::string_view name) { return text(tag::symbol, name); }
Builder& Builder::bytes(ByteView content) {
  note_element();
  append_atom(out_, tag::bytes, content);
  return *this;
}
Builder& Builder::reference(ReferenceId id) {
  note_element();
  append_reference(out_, id);
  holds_references_ = true;
  return *this;
}
Builder& Builder::value(ValueView whole) {
  return copy(whole.bytes(), contains_embedded(whole.bytes()));
}
Builder& Builder::value(const Value& whole) {
  return copy(whole.bytes(), whole.holds_references());
}

Builder& Builder::begin_record() { return begin(tag::record); }
Builder& Builder::begin_record(std::string_view symbol_label) {
  return begin(tag::record).symbol(symbol_label);
}
Builder& Builder::begin_sequence() { return begin(tag::sequence); }
Builder& Builder::begin_set() { return begin(tag::set); }
Builder& Builder::begin_dictionary() { return begin(tag::dictionary); }

Builder& Builder::begin_embedded() {
  note_element();
  out_.push_back(tag::embedded);
  embedded_pending_ = true;
  holds_references_ = true;
  return *this;
}

Builder& Builder::end() {
  AVOW_CHECK(!open_.empty() && !embedded_pending_);
  const Open compound = open_.back();
  open_.pop_back();
  const std::uint8_t kind = out_[compound.begin];
  AVOW_CHECK(kind != tag::record || compound.elements > 0);
  AVOW_CHECK(kind != tag::dictionary || compound.elements % 2 == 0);
  if (kind >= tag::set) sort_elements(compound);
  out_.push_back(tag::end);
  return *this;
}

Result<Value> Builder::finish() {
  AVOW_CHECK(open_.empty() && !embedded_pending_ && finished_ == 1);
  Builder done = std::exchange(*this, Builder());
  if (done.duplicate_) {
    return Error{"duplicate", "A set holds an element, or a dictionary a key, twice."};
  }
  if (done.bad_text_) return Error{"bad-utf8", "A string or symbol is not UTF-8."};
  return Value::from_canonical(done.out_, done.holds_references_);
}

Builder& Builder::begin(std::uint8_t kind) {
  note_element();
  if (out_.empty()) {
    out_.reserve(usual_bytes);
    open_.reserve(usual_depth);
  }
  open_.push_back({.begin = out_.size(), .first_boundary = boundaries_.size(), .elements = 0});
  out_.push_back(kind);
  return *this;
}

Builder& Builder::text(std::uint8_t kind, std::string_view content) {
  note_element();
  bad_text_ = bad_text_ || !is_utf8(bytes_of(content));
  append_atom(out_, kind, bytes_of(content));
  return *this;
}

Builder& Builder::copy(ByteView canonical, bool holds_references) {
  note_element();
  append(out_, canonical);
  holds_references_ = holds_references_ || holds_references;
  return *this;
}

void Builder::note_element() {
  // What is embedded belongs to the element that its tag began.
  if (std::exchange(embedded_pending_, false)) return;
  if (open_.empty()) {
    ++finished_;
    return;
  }
  Open& compound = open_.back();
  ++compound.elements;
  if (out_[compound.begin] < tag::set) return;
  if (boundaries_.empty()) boundaries_.reserve(usual_boundaries);
  boundaries_.push_back(out_.size());
}

// Sorts the elements of the set or dictionary that `out_` ends with.
void Builder::sort_elements(const Open& compound) {
  boundaries_.push_back(out_.size());
  const auto slice = [&](std::size_t from, std::size_t to) {
    return ByteView(out_).subspan(boundaries_[from], boundaries_[to] - boundaries_[from]);
  };
  const std::size_t step = out_[compound.begin] == tag::dictionary ? 2 : 1;
  const auto is_sorted_and_distinct = [&] {
    for (std::size_t i = compound.first_boundary + step; i + 1 < boundaries_.size(); i += step) {
      if (compare(slice(i - step, i - step + 1), slice(i, i + 1)) >= 0) return false;
    }
    return true;
  };
  if (is_sorted_and_distinct()) return boundaries_.resize(compound.first_boundary);

  std::vector<Sortable> elements;
  elements.reserve(compound.elements / step);
  for (std::size_t i = compound.first_boundary; i + 1 < boundaries_.size(); i += step) {
    elements.push_back({.whole = slice(i, i + step), .key = slice(i, i + 1)});
  }
  boundaries_.resize(compound.first_boundary);
  std::sort(elements.begin(), elements.end(),
            [](const Sortable& a, const Sortable& b) { return compare(a.key, b.key) < 0; });
  duplicate_ = duplicate_ || has_equal_neighbours(elements);
  Bytes sorted;
  sorted.reserve(out_.size() - compound.begin);
  for (const Sortable& element : elements) append(sorted, element.whole);
  std::copy(sorted.begin(), sorted.end(),
            out_.begin() + static_cast<std::ptrdiff_t>(compound.begin) + 1);
}

}  // namespace avow
