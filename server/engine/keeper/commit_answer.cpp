#include "server/engine/keeper/commit_answer.hpp"

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

// An answer to a commit is written byte by byte, since every commit has one: the keys of each
// dictionary stand in the order of their bytes.
class AnswerBytes {
 public:
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
  AnswerBytes& value(const Value& value) {
    append(bytes_, value.bytes());
    return *this;
  }
  void result(const OpResult& result);
  // No value of a keeper holds a reference.
  [[nodiscard]] Value finish() const { return Value::from_canonical(bytes_, false); }
  void reserve(std::size_t size) { bytes_.reserve(size); }

 private:
  Bytes bytes_;
};

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
      byte(tag::dictionary).symbol("id").integer(result.number);
      if (result.kind == ResultKind::taken_for_good) symbol("acked").byte(tag::true_);
      symbol("value").value(result.value).byte(tag::end);
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
  answer.byte(tag::record).symbol("ok").byte(tag::dictionary);
  answer.symbol("rev").integer(at.revision).symbol("seq").integer(at.seq);
  answer.symbol("epoch").integer(at.epoch).symbol("level").symbol(name_of(at.level));
  answer.symbol("results").byte(tag::sequence);
  for (const OpResult& result : results) answer.result(result);
  answer.byte(tag::end).byte(tag::end).byte(tag::end);
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
