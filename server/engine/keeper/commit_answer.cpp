#include "server/engine/keeper/commit_answer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "avow/model/builder.hpp"
#include "avow/model/encoding.hpp"

namespace avow::server {
namespace {

using ResultKind = OpResult::Kind;

std::string_view name_of(Level level) { return level == Level::durable ? "durable" : "accepted"; }

void begin_answer(Builder& builder, const DoneAt& at) {
  builder.begin_record("ok").begin_dictionary();
  builder.symbol("rev").integer(at.revision);
  builder.symbol("seq").integer(at.seq);
  builder.symbol("epoch").integer(at.epoch);
  builder.symbol("level").symbol(name_of(at.level));
}

Value end_answer(Builder& builder) {
  builder.end().end();
  return builder.finish().value();
}

// ---- what stands in every answer, as it is encoded

consteval std::array<std::uint8_t, 1> byte(std::uint8_t byte) { return {byte}; }

template <std::size_t size>
consteval std::array<std::uint8_t, size + 1> symbol(const char (&name)[size]) {
  std::array<std::uint8_t, size + 1> encoded{tag::symbol, size - 1};  // Without the zero behind it.
  std::copy_n(name, size - 1, encoded.begin() + 2);
  return encoded;
}

template <std::size_t... sizes>
consteval auto joined(const std::array<std::uint8_t, sizes>&... parts) {
  std::array<std::uint8_t, (sizes + ...)> all{};
  auto at = all.begin();
  ((at = std::copy(parts.begin(), parts.end(), at)), ...);
  return all;
}

constexpr auto until_revision =
    joined(byte(tag::record), symbol("ok"), byte(tag::dictionary), symbol("rev"));
constexpr auto until_seq = symbol("seq");
constexpr auto until_epoch = symbol("epoch");
constexpr auto durable = joined(symbol("level"), symbol("durable"));
constexpr auto accepted = joined(symbol("level"), symbol("accepted"));
constexpr auto until_results = joined(symbol("results"), byte(tag::sequence));
constexpr auto ends = joined(byte(tag::end), byte(tag::end), byte(tag::end));
constexpr auto until_id = joined(byte(tag::dictionary), symbol("id"));
constexpr auto acked = joined(symbol("acked"), byte(tag::true_));
constexpr auto until_value = symbol("value");

// An answer to a commit is written byte by byte, since every commit has one: the keys of each
// dictionary stand in the order of their bytes.
class AnswerBytes {
 public:
  AnswerBytes& bytes(ByteView encoded);
  AnswerBytes& byte(std::uint8_t byte) {
    bytes_.push_back(byte);
    return *this;
  }
  AnswerBytes& symbol(std::string_view name) {
    append_atom(bytes_, tag::symbol, bytes_of(name));
    return *this;
  }
  AnswerBytes& integer(std::uint64_t number) {
    append_integer(bytes_, number);
    return *this;
  }
  void result(const OpResult& result);
  // No value of a keeper holds a reference.
  [[nodiscard]] Value finish() const { return Value::from_canonical(bytes_, false); }
  void reserve(std::size_t size) { bytes_.reserve(size); }

 private:
  Bytes bytes_;
};

// Not inlined: gcc 12 sees bytes beyond the end of a vector that has just been made, and warns.
[[gnu::noinline]] AnswerBytes& AnswerBytes::bytes(ByteView encoded) {
  append(bytes_, encoded);
  return *this;
}

void AnswerBytes::result(const OpResult& result) {
  switch (result.kind) {
    case ResultKind::changed:
    case ResultKind::unchanged:
      byte(result.kind == ResultKind::changed ? tag::true_ : tag::false_);
      return;
    case ResultKind::sent:
    case ResultKind::item:
      integer(result.number);
      return;
    case ResultKind::taken:
    case ResultKind::taken_for_good:
      bytes(until_id).integer(result.number);
      if (result.kind == ResultKind::taken_for_good) bytes(acked);
      bytes(until_value).bytes(result.value.bytes()).byte(tag::end);
      return;
    case ResultKind::committed:
      byte(tag::record)
          .symbol("committed")
          .integer(result.number)
          .integer(result.seq)
          .byte(tag::end);
      return;
    case ResultKind::impossible:
      break;
  }
  byte(tag::record).symbol("impossible").byte(tag::end);
}

std::optional<ValueView> entry_of(ValueView answer, std::string_view key) {
  const std::optional<ValueView> entries = answer.element(0);
  return entries ? entries->entry(key) : std::nullopt;
}

}  // namespace

Value commit_answer(const DoneAt& at, const std::vector<OpResult>& results) {
  constexpr std::size_t bytes_around = 96;
  constexpr std::size_t bytes_for_result = 32;
  std::size_t size = bytes_around;
  for (const OpResult& result : results) size += bytes_for_result + result.value.bytes().size();
  AnswerBytes answer;
  answer.reserve(size);
  answer.bytes(until_revision).integer(at.revision).bytes(until_seq).integer(at.seq);
  answer.bytes(until_epoch).integer(at.epoch);
  answer.bytes(at.level == Level::durable ? ByteView(durable) : ByteView(accepted));
  answer.bytes(until_results);
  for (const OpResult& result : results) answer.result(result);
  answer.bytes(ends);
  return answer.finish();
}

Value replayed_answer(ValueView answer, const std::vector<std::uint64_t>& not_held) {
  Builder builder;
  builder.begin_record("ok").begin_dictionary();
  for (const ValueView part : answer.element(0)->elements()) builder.value(part);
  builder.symbol("replayed").boolean(true);
  if (!not_held.empty()) {
    builder.symbol("not-held").begin_sequence();
    for (const std::uint64_t id : not_held) builder.integer(id);
    builder.end();
  }
  return end_answer(builder);
}

std::vector<std::uint64_t> items_taken(ValueView answer) {
  std::vector<std::uint64_t> ids;
  const std::optional<ValueView> results = entry_of(answer, "results");
  if (!results) return ids;
  for (const ValueView result : results->elements()) {
    if (result.kind() != Kind::dictionary) continue;
    const std::optional<ValueView> id = result.entry("id");
    if (result.entry("acked")) continue;
    if (id && id->as_uint64()) ids.push_back(*id->as_uint64());
  }
  return ids;
}

std::uint64_t revision_of(ValueView answer) {
  const std::optional<ValueView> revision = entry_of(answer, "rev");
  return revision ? revision->as_uint64().value_or(0) : 0;
}

Value lease_answer(std::uint64_t id, const DoneAt& at) {
  Builder builder;
  begin_answer(builder, at);
  builder.symbol("id").integer(id);
  return end_answer(builder);
}

Value done_answer(const DoneAt& at) {
  Builder builder;
  begin_answer(builder, at);
  return end_answer(builder);
}

Value error_answer(const Error& error, const std::optional<std::uint64_t>& floor) {
  Builder builder;
  builder.begin_record("error").begin_dictionary();
  builder.symbol("code").symbol(error.code);
  builder.symbol("message").string(error.detail);
  if (floor) builder.symbol("floor").integer(*floor);
  return end_answer(builder);
}

}  // namespace avow::server
