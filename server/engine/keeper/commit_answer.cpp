#include "server/engine/keeper/commit_answer.hpp"

#include <optional>

#include "avow/model/builder.hpp"

namespace avow::server {
namespace {

using ResultKind = OpResult::Kind;

void begin_answer(Builder& builder, const DoneAt& at) {
  builder.begin_record("ok").begin_dictionary();
  builder.symbol("rev").integer(at.revision);
  builder.symbol("seq").integer(at.seq);
  builder.symbol("epoch").integer(at.epoch);
  builder.symbol("level").symbol(at.level == Level::durable ? "durable" : "accepted");
}

Value end_answer(Builder& builder) {
  builder.end().end();
  return builder.finish().value();
}

void append_result(Builder& builder, const OpResult& result) {
  switch (result.kind) {
    case ResultKind::changed:
    case ResultKind::unchanged:
      builder.boolean(result.kind == ResultKind::changed);
      return;
    case ResultKind::sent:
    case ResultKind::item:
      builder.integer(result.number);
      return;
    case ResultKind::taken:
    case ResultKind::taken_for_good:
      builder.begin_dictionary();
      // In the order of the bytes, so that nothing has to be sorted; so are the entries above.
      builder.symbol("id").integer(result.number);
      if (result.kind == ResultKind::taken_for_good) builder.symbol("acked").boolean(true);
      builder.symbol("value").value(result.value);
      builder.end();
      return;
    case ResultKind::committed:
      builder.begin_record("committed").integer(result.number).integer(result.seq).end();
      return;
    case ResultKind::impossible:
      break;
  }
  builder.begin_record("impossible").end();
}

std::optional<ValueView> entry_of(ValueView answer, std::string_view key) {
  const std::optional<ValueView> entries = answer.element(0);
  return entries ? entries->entry(key) : std::nullopt;
}

}  // namespace

Value commit_answer(const DoneAt& at, const std::vector<OpResult>& results) {
  Builder builder;
  begin_answer(builder, at);
  builder.symbol("results").begin_sequence();
  for (const OpResult& result : results) append_result(builder, result);
  builder.end();
  return end_answer(builder);
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
