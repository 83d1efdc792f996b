#include "server/session/json_encoder.hpp"

#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/base/epoch.hpp"
#include "avow/model/builder.hpp"
#include "avow/wire/base64.hpp"
#include "avow/wire/json_event.hpp"

namespace avow::server {
namespace {

constexpr wire::JsonAuthor author = wire::JsonAuthor::server;

std::string_view op_of(OutboundKind kind) {
  switch (kind) {
    case OutboundKind::publish:
      return "add";
    case OutboundKind::retract:
      return "remove";
    case OutboundKind::message:
    case OutboundKind::synced:
      return "message";
    case OutboundKind::sync:
      return "sync";
  }
  AVOW_CHECK(false);
}

void append_member(std::string& to, std::string_view key, std::uint64_t number) {
  to += ",\"";
  to += key;
  to += "\":";
  wire::append_json_number(to, number);
}

void append_member(std::string& to, std::string_view key, std::string_view text) {
  to += ",\"";
  to += key;
  to += "\":";
  wire::append_json_string(to, text);
}

void append_cause(std::string& to, const OutboundEvent& event) {
  if (event.cause != Cause::none) append_member(to, "cause", name_of(event.cause));
}

// What follows the id of a change, for all sessions that call its captures by the same names.
class TailCache final : public EncodingCache {
 public:
  void clear() override { tails_.clear(); }

  template <class Make>
  [[nodiscard]] const std::string& get(std::size_t index, std::size_t count,
                                       const CaptureNames& names, OutboundKind kind,
                                       const Make& make) {
    if (tails_.size() < count) tails_.resize(count);
    Tail& tail = tails_[index];
    const bool same_names = tail.names == names || (tail.names && *tail.names == *names);
    if (!same_names || tail.kind != kind) tail = {names, kind, make()};
    return tail.text;
  }

 private:
  struct Tail {
    CaptureNames names{};
    OutboundKind kind{};
    std::string text{};
  };
  std::vector<Tail> tails_;
};

std::uint64_t revision_of(const TurnContent& content, const SharedChange& change) {
  return content.spaces()[change.space].revision;
}

// Of what is counted, the number comes behind the captures.
Value without_last(ValueView captures) {
  Builder all;
  all.begin_sequence();
  std::size_t left = captures.element_count() - 1;
  for (const ValueView capture : captures.elements()) {
    if (left-- == 0) break;
    all.value(capture);
  }
  return all.end().finish().value();
}
std::uint64_t count_in(ValueView captures) {
  return captures.element(captures.element_count() - 1)->as_uint64().value_or(0);
}

}  // namespace

Bytes JsonMessage::finish() && {
  AVOW_CHECK(!empty());
  text_ += ']';
  const ByteView bytes = bytes_of(text_);
  return {bytes.begin(), bytes.end()};
}

void JsonMessage::member(std::string_view key, std::uint64_t number) {
  append_member(text_, key, number);
}

void JsonMessage::member(std::string_view key, std::string_view text) {
  append_member(text_, key, text);
}

void JsonMessage::begin(std::string_view op) {
  text_ += text_.empty() ? R"([{"op":")" : R"(,{"op":")";
  text_ += op;
  text_ += '"';
}

void JsonMessage::begin(std::string_view op, JsonId id) {
  begin(op);
  append_member(text_, "id", id);
}

void JsonMessage::ok(const JsonOk& ok) {
  begin("ok", ok.id);
  space(ok.space);
  if (ok.agreed != nullptr) grace(*ok.agreed);
  if (ok.revision) append_member(text_, "rev", *ok.revision);
  append_member(text_, "seq", ok.seq);
  if (ok.reached) append_member(text_, "reached", *ok.reached);
  end();
}

void JsonMessage::error(const std::optional<JsonId>& id, const Error& error,
                        const std::optional<std::uint64_t>& floor) {
  text_ += text_.empty() ? "[{" : ",{";
  wire::append_json_error(text_, id, error);
  if (floor) member("floor", *floor);
  end();
}

void JsonMessage::progress(JsonId id, std::uint64_t revision) {
  begin("progress", id);
  member("rev", revision);
  end();
}

void JsonMessage::gap(JsonId id, std::uint64_t after) {
  begin("gap", id);
  member("after", after);
  end();
}

void JsonMessage::closed(JsonId id, const Error& why, std::uint64_t after) {
  text_ += text_.empty() ? "[{" : ",{";
  wire::append_json_error(text_, id, why);
  member("after", after);
  end();
}

void JsonMessage::resync(JsonId id, const ResyncNotice& notice) {
  begin("resync", id);
  member("cause", name_of(notice.reason));
  member("from", notice.after);
  member("floor", notice.floor);
  end();
}

void JsonMessage::number(std::uint64_t number, std::uint64_t received) {
  begin("turn");
  member("number", number);
  member("received", received);
  end();
}

void JsonMessage::acknowledge(std::uint64_t received) {
  begin("acknowledge");
  member("received", received);
  end();
}

void JsonMessage::resumed(JsonId id, const JsonSpaceInfo& space, std::uint64_t received,
                          const GraceAgreed& agreed) {
  begin("ok", id);
  this->space(space);
  member("received", received);
  member("grace", static_cast<std::uint64_t>(agreed.grace.count()));
  end();
}

void JsonMessage::grace(const std::optional<GraceAgreed>& agreed) {
  if (agreed) {
    text_ += R"(,"resume":")";
    wire::append_base64(text_, agreed->token);
    text_ += '"';
  }
  member("grace", agreed ? static_cast<std::uint64_t>(agreed->grace.count()) : 0);
}

void JsonMessage::space(const std::optional<JsonSpaceInfo>& space) {
  if (!space) return;
  append_member(text_, "space", space->name);
  append_member(text_, "epoch", epoch_text(space->epoch));
  if (!space->reference) return;
  text_ += R"(,"ref":{"$ref":)";
  text_ += std::to_string(*space->reference);
  text_ += '}';
}

void JsonMessage::synced(JsonId id, const std::optional<JsonSpaceInfo>& space,
                         std::uint64_t revision, std::uint64_t messages_missed) {
  begin("synced", id);
  this->space(space);
  append_member(text_, "rev", revision);
  if (messages_missed > 0) member("missed", messages_missed);
  end();
}

void JsonMessage::row(JsonId id, ValueView whole_and_captures,
                      const std::vector<std::string>& names, std::uint64_t revision) {
  begin("add", id);
  text_ += ',';
  wire::append_json_match(text_, whole_and_captures, names, author);
  append_member(text_, "rev", revision);
  end();
}

void JsonMessage::change(JsonObserver& observer, const OutboundTurn& turn,
                         const OutboundEvent& event) {
  const TurnContent& content = turn.content();
  const SharedChange& change = content.changes()[event.change];
  const auto tail = [&](const std::string& match) {
    std::string text = ',' + match;
    append_cause(text, event);
    append_member(text, "rev", revision_of(content, change));
    return text;
  };
  const auto match_of = [&](ValueView captures) {
    std::string match;
    if (!observer.counts) {
      wire::append_json_match(match, captures, *observer.names, author);
      return match;
    }
    const bool is_counted = event.kind != OutboundKind::message;
    const Value named = is_counted ? without_last(captures) : Value(captures);
    wire::append_json_captures(match, named, 0, *observer.names, author);
    if (is_counted) append_member(match, "count", count_in(captures));
    return match;
  };

  begin(op_of(event.kind), observer.id);
  if (!change.change.holds_references) {
    text_ += content.cache<TailCache>(Encoding::json)
                 .get(event.change, content.changes().size(), observer.names, event.kind,
                      [&] { return tail(match_of(content.captures(change))); });
  } else if (event.kind == OutboundKind::retract) {
    // The engine tells a session's own numbers of references only while they live.
    const auto told = observer.told.extract(event.handle);
    AVOW_CHECK(!told.empty());
    text_ += tail(told.mapped());
  } else {
    std::string match = match_of(turn.body(event));
    text_ += tail(match);
    if (event.kind == OutboundKind::publish) {
      observer.told.insert_or_assign(event.handle, std::move(match));
    }
  }
  end();
}

void JsonMessage::at_entity(const OutboundTurn& turn, const OutboundEvent& event) {
  begin(op_of(event.kind));
  text_ += R"(,"at":{"$mine":)" + std::to_string(event.target) + "}";
  if (event.kind == OutboundKind::publish || event.kind == OutboundKind::retract) {
    append_member(text_, "handle", event.handle);
  }
  if (event.kind != OutboundKind::retract) {
    text_ += event.kind == OutboundKind::sync ? R"(,"peer":)" : R"(,"fact":)";
    wire::append_json(text_, turn.body(event), author);
  }
  append_cause(text_, event);
  if (event.change != OutboundEvent::none) {
    const TurnContent& content = turn.content();
    append_member(text_, "rev", revision_of(content, content.changes()[event.change]));
  }
  end();
}

Bytes encode_json_hello(const ServerHello& hello) {
  std::string text = R"({"hello":{"protocol":"avow.json.v1")";
  append_member(text, "server", hello.server);
  append_member(text, "version", hello.version);
  append_member(text, "epoch", epoch_text(hello.epoch));
  text += R"(,"features":[],"limits":{)";
  std::string_view comma;
  for (const auto& [name, limit] : hello.limits) {
    text += comma;
    wire::append_json_string(text, name);
    text += ':';
    wire::append_json_number(text, limit);
    comma = ",";
  }
  text += "}}}";
  const ByteView bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace avow::server
