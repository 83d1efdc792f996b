#include "avow/wire/keeper.hpp"

#include <string>

namespace avow::wire::keeper {
namespace {

Error bad_answer() { return {"bad-answer", "The keeper answered with something unknown."}; }

std::optional<std::string> text_at(ValueView dictionary, std::string_view key) {
  const std::optional<ValueView> entry = dictionary.entry(key);
  if (!entry) return std::nullopt;
  if (const auto symbol = entry->as_symbol()) return std::string(*symbol);
  if (const auto text = entry->as_string()) return std::string(*text);
  return std::nullopt;
}

std::uint64_t number_at(ValueView dictionary, std::string_view key) {
  const std::optional<ValueView> entry = dictionary.entry(key);
  return entry ? entry->as_uint64().value_or(0) : 0;
}

bool flag_at(ValueView dictionary, std::string_view key) {
  const std::optional<ValueView> entry = dictionary.entry(key);
  return entry && entry->as_boolean().value_or(false);
}

Level level_in(ValueView dictionary) {
  return text_at(dictionary, "level") == "durable" ? Level::durable : Level::accepted;
}

// The dictionary of `<ok {…}>`, or why there is none.
Result<ValueView> read_ok(ValueView answer) {
  const std::optional<ValueView> detail =
      answer.kind() == Kind::record ? answer.element(0) : std::nullopt;
  if (!detail || detail->kind() != Kind::dictionary) return bad_answer();
  if (answer.is_record("ok")) return *detail;
  if (!answer.is_record("error")) return bad_answer();
  return Error{text_at(*detail, "code").value_or("refused"),
               text_at(*detail, "message").value_or("The keeper refused.")};
}

void append_list(Builder& to, std::string_view key, const std::vector<Value>& values) {
  if (values.empty()) return;
  to.symbol(key).begin_sequence();
  for (const Value& value : values) to.value(value);
  to.end();
}

}  // namespace

void Operations::add_field(ValueView value) {
  holds_references_ = holds_references_ || contains_embedded(value.bytes());
  builder_.value(value);
}

void Operations::outcome(const TurnId& turn) { add("outcome", to_value(turn).view()); }

Value to_value(const TurnId& id) {
  Builder builder;
  return builder.begin_sequence().bytes(id.client).integer(id.number).end().finish().value();
}

Value to_value(const CommitOptions& options) {
  Builder builder;
  builder.begin_dictionary();
  append_list(builder, "require", options.require);
  append_list(builder, "absent", options.absent);
  if (options.turn_id) builder.symbol("turn-id").value(to_value(*options.turn_id));
  if (options.level) builder.symbol("level").symbol(name_of(*options.level));
  if (options.timeout_ms) builder.symbol("timeout").integer(*options.timeout_ms);
  if (options.ack) builder.symbol("ack").boolean(true);
  if (options.delay_ms) builder.symbol("delay").integer(*options.delay_ms);
  return builder.end().finish().value();
}

Value commit_request(const Value& operations, const Value& options, const Value& answer) {
  return record("commit", operations, options, answer);
}

Value last_turn_request(const Value& operations, const Value& options, const Value& answer) {
  return record("last-turn", operations, options, answer);
}

Value lease_request(std::uint64_t ttl_ms, const Value& answer) {
  Builder builder;
  builder.begin_record("lease").begin_dictionary().symbol("ttl").integer(ttl_ms).end();
  return builder.value(answer).end().finish().value();
}

Result<Committed> read_committed(ValueView answer) {
  AVOW_TRY(const ValueView detail, read_ok(answer));
  const std::optional<ValueView> results = detail.entry("results");
  if (!results || results->kind() != Kind::sequence || !detail.entry("rev")) return bad_answer();
  Committed committed;
  committed.revision = number_at(detail, "rev");
  committed.seq = number_at(detail, "seq");
  committed.epoch = number_at(detail, "epoch");
  committed.level = level_in(detail);
  committed.replayed = flag_at(detail, "replayed");
  for (const ValueView result : results->elements()) committed.results.emplace_back(result);
  if (const auto not_held = detail.entry("not-held")) {
    for (const ValueView id : not_held->elements()) {
      committed.not_held.push_back(id.as_uint64().value_or(0));
    }
  }
  return committed;
}

Result<Leased> read_leased(ValueView answer) {
  AVOW_TRY(const ValueView detail, read_ok(answer));
  const std::optional<ValueView> id = detail.entry("id");
  const std::optional<std::uint64_t> number = id ? id->as_uint64() : std::nullopt;
  if (!number) return bad_answer();
  return Leased{*number, number_at(detail, "rev"), number_at(detail, "seq"),
                number_at(detail, "epoch"), level_in(detail)};
}

Result<Done> read_done(ValueView answer) {
  AVOW_TRY(const ValueView detail, read_ok(answer));
  if (!detail.entry("rev")) return bad_answer();
  return Done{number_at(detail, "rev"), number_at(detail, "seq"), number_at(detail, "epoch"),
              level_in(detail)};
}

std::optional<std::uint64_t> read_withdrawn(ValueView answer) {
  if (!answer.is_record("withdrawn")) return std::nullopt;
  const std::optional<ValueView> revision = answer.element(0);
  return revision ? revision->as_uint64().value_or(0) : 0;
}

std::optional<LeaseEnd> read_lease_end(ValueView answer) {
  const bool expired = answer.is_record("expired");
  if (!expired && !answer.is_record("ended")) return std::nullopt;
  const std::optional<ValueView> revision = answer.element(0);
  return LeaseEnd{revision ? revision->as_uint64().value_or(0) : 0, expired};
}

std::optional<std::uint64_t> read_retry_ms(ValueView answer) {
  if (!answer.is_record("error")) return std::nullopt;
  const std::optional<ValueView> detail = answer.element(0);
  if (!detail || detail->kind() != Kind::dictionary) return std::nullopt;
  const std::optional<ValueView> retry = detail->entry("retry");
  return retry ? retry->as_uint64() : std::nullopt;
}

std::optional<TakenItem> read_taken(ValueView result) {
  if (result.kind() != Kind::dictionary) return std::nullopt;
  const std::optional<ValueView> id = result.entry("id");
  const std::optional<ValueView> value = result.entry("value");
  const std::optional<std::uint64_t> number = id ? id->as_uint64() : std::nullopt;
  if (!number || !value) return std::nullopt;
  return TakenItem{*number, *value, flag_at(result, "acked")};
}

}  // namespace avow::wire::keeper
