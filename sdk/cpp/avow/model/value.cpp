#include "avow/model/value.hpp"

#include <array>
#include <bit>
#include <limits>
#include <new>

#include "avow/base/check.hpp"

namespace avow {
namespace {

// The in-memory form of an embedded reference: 86 B2 08, then the id, big-endian.
constexpr std::size_t reference_head = 3;
constexpr std::size_t reference_bytes = reference_head + 8;

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

// An atom's content, if it has the tag.
std::optional<ByteView> content_of(ByteView atom, std::uint8_t tag) {
  if (atom[0] != tag) return std::nullopt;
  const std::uint8_t* at = atom.data() + 1;
  const std::size_t length = read_varint(at);
  return ByteView(at, length);
}

std::optional<std::string_view> text_content_of(ByteView atom, std::uint8_t tag) {
  const std::optional<ByteView> content = content_of(atom, tag);
  if (!content) return std::nullopt;
  return text_of(*content);
}

template <class IsKey>
std::optional<ValueView> find_entry(ValueView dictionary, const IsKey& is_key) {
  if (dictionary.kind() != Kind::dictionary) return std::nullopt;
  const Elements all = dictionary.elements();
  for (auto at = all.begin(); at != all.end();) {
    const ValueView key = *at++;
    const ValueView value = *at++;
    if (is_key(key)) return value;
  }
  return std::nullopt;
}

template <class Buffer>
Buffer* new_buffer(std::size_t size, bool holds_references) {
  AVOW_CHECK(size > 0 && size <= std::numeric_limits<std::uint32_t>::max());
  void* const memory = ::operator new(sizeof(Buffer) + size);
  return ::new (memory) Buffer{1, static_cast<std::uint32_t>(size), holds_references};
}

std::array<std::uint8_t, reference_bytes> encode_reference(ReferenceId id) {
  std::array<std::uint8_t, reference_bytes> encoded{tag::embedded, tag::bytes, 8};
  const auto number = static_cast<std::uint64_t>(id);
  for (std::size_t i = 0; i < 8; ++i) {
    encoded[reference_head + i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  }
  return encoded;
}

template <class Append>
Value make_atom(const Append& append_it) {
  Bytes encoded;
  append_it(encoded);
  return Value::from_canonical(encoded, false);
}

}  // namespace

Kind ValueView::kind() const {
  switch (*at_) {
    case tag::false_:
    case tag::true_:
      return Kind::boolean;
    case tag::double_:
      return Kind::double_;
    case tag::embedded:
      return Kind::embedded;
    default:
      // From B0 on the tags stand in the order of the kinds.
      return static_cast<Kind>(*at_ - tag::integer + static_cast<int>(Kind::integer));
  }
}

std::optional<bool> ValueView::as_boolean() const {
  if (*at_ != tag::false_ && *at_ != tag::true_) return std::nullopt;
  return *at_ == tag::true_;
}

std::optional<double> ValueView::as_double() const {
  const std::optional<ByteView> content = content_of(bytes(), tag::double_);
  if (!content) return std::nullopt;
  return std::bit_cast<double>(read_big_endian(*content));
}

std::optional<std::int64_t> ValueView::as_int64() const {
  const std::optional<ByteView> number = integer_bytes();
  if (!number || number->size() > 8) return std::nullopt;
  if (number->empty()) return 0;
  const auto unused_bits = static_cast<int>(64 - 8 * number->size());
  // Shifting up and down again fills the bits above with copies of the sign.
  return static_cast<std::int64_t>(read_big_endian(*number) << unused_bits) >> unused_bits;
}

std::optional<std::uint64_t> ValueView::as_uint64() const {
  const std::optional<ByteView> number = integer_bytes();
  if (!number) return std::nullopt;
  if (number->empty()) return 0;
  const bool negative = (number->front() & 0x80U) != 0;
  const bool fits = number->size() <= 8 || (number->size() == 9 && number->front() == 0);
  if (negative || !fits) return std::nullopt;
  return read_big_endian(*number);
}

std::optional<std::string_view> ValueView::as_string() const {
  return text_content_of(bytes(), tag::string);
}
std::optional<std::string_view> ValueView::as_symbol() const {
  return text_content_of(bytes(), tag::symbol);
}
std::optional<ByteView> ValueView::as_bytes() const { return content_of(bytes(), tag::bytes); }
std::optional<ByteView> ValueView::integer_bytes() const {
  return content_of(bytes(), tag::integer);
}

std::optional<ReferenceId> ValueView::as_reference() const {
  if (size_ != reference_bytes || at_[0] != tag::embedded || at_[1] != tag::bytes) {
    return std::nullopt;
  }
  return ReferenceId{read_big_endian(bytes().subspan(reference_head))};
}

std::optional<ValueView> ValueView::embedded_payload() const {
  if (*at_ != tag::embedded) return std::nullopt;
  return ValueView(bytes().subspan(1));
}

bool ValueView::is_record(std::string_view label_name) const {
  return *at_ == tag::record && text_content_of(bytes().subspan(1), tag::symbol) == label_name;
}

ValueView ValueView::label() const {
  AVOW_CHECK(*at_ == tag::record);
  return *Elements::Iterator(at_ + 1);
}

Elements ValueView::elements() const {
  if (!is_compound()) return {at_, at_};
  const std::uint8_t* const first = *at_ == tag::record ? skip_value(at_ + 1) : at_ + 1;
  return {first, at_ + size_ - 1};
}

std::size_t ValueView::element_count() const {
  const Elements all = elements();
  return static_cast<std::size_t>(std::distance(all.begin(), all.end()));
}

std::optional<ValueView> ValueView::element(std::size_t index) const {
  if (*at_ != tag::record && *at_ != tag::sequence) return std::nullopt;
  const Elements all = elements();
  auto at = all.begin();
  for (; index > 0 && at != all.end(); --index) ++at;
  if (at == all.end()) return std::nullopt;
  return *at;
}

std::optional<ValueView> ValueView::entry(ValueView key) const {
  return find_entry(*this, [&](ValueView each) { return each == key; });
}

std::optional<ValueView> ValueView::entry(std::string_view key) const {
  return find_entry(*this, [&](ValueView each) { return each.is_symbol(key); });
}

Value Value::from_canonical(ByteView canonical) {
  return from_canonical(canonical, contains_embedded(canonical));
}

Value Value::from_canonical(ByteView canonical, bool holds_references) {
  auto* const buffer = new_buffer<Buffer>(canonical.size(), holds_references);
  std::memcpy(buffer->content(), canonical.data(), canonical.size());
  return Value(buffer);
}

void Value::release() noexcept {
  // The last owner must see all that the others did before they let go. Nobody else can become an
  // owner meanwhile, so that the only one need not say that it lets go.
  const bool is_last = buffer_->references.load(std::memory_order_acquire) == 1 ||
                       buffer_->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
  if (is_last) ::operator delete(buffer_);
}

Value Value::boolean(bool value) {
  return make_atom([&](Bytes& to) { to.push_back(value ? tag::true_ : tag::false_); });
}
Value Value::number(double value) {
  return make_atom([&](Bytes& to) { append_double(to, value); });
}
Value Value::integer(std::int64_t value) {
  std::array<std::uint8_t, integer_bytes_max> encoded;
  return from_canonical({encoded.data(), write_integer(encoded.data(), value)}, false);
}
Value Value::integer(std::uint64_t value) {
  if (std::bit_width(value) < 64) return integer(static_cast<std::int64_t>(value));
  return make_atom([&](Bytes& to) { append_integer(to, value); });
}
Value Value::string(std::string_view text) {
  AVOW_CHECK(is_utf8(bytes_of(text)));
  return make_atom([&](Bytes& to) { append_atom(to, tag::string, bytes_of(text)); });
}
Value Value::symbol(std::string_view name) {
  AVOW_CHECK(is_utf8(bytes_of(name)));
  return make_atom([&](Bytes& to) { append_atom(to, tag::symbol, bytes_of(name)); });
}
Value Value::bytes(ByteView content) {
  return make_atom([&](Bytes& to) { append_atom(to, tag::bytes, content); });
}
Value Value::reference(ReferenceId id) { return from_canonical(encode_reference(id), true); }

void append_reference(Bytes& to, ReferenceId id) { append(to, encode_reference(id)); }

bool contains_embedded(ByteView canonical) {
  const std::uint8_t* at = canonical.data();
  const std::uint8_t* const end = at + canonical.size();
  // Every tag is looked at, compounds are entered, the content of atoms is passed over.
  while (at != end) {
    if (*at == tag::embedded) return true;
    const bool has_no_content = *at >= tag::record || *at == tag::end;
    at = has_no_content ? at + 1 : skip_value(at);
  }
  return false;
}

}  // namespace avow
