#include "tests/unit/engine/test_client.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server::testing {

std::string text_of(const Told& told) {
  constexpr std::string_view signs[] = {"+", "!", "-", "?", "="};
  std::string text = std::to_string(told.oid);
  text += " ";
  text += signs[static_cast<std::size_t>(told.kind)];
  if (!told.body.empty()) text += " " + told.body;
  return text;
}

EngineOptions test_options() {
  EngineOptions options;
  options.hash_key = {0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL};
  options.epoch = 7;
  return options;
}

void TestClient::submit(std::string_view packet, bool wants_receipt) {
  std::string text(packet);
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at)) {
    text.replace(at, 1, std::to_string(space));
  }
  const Value value = parse_text(text).value();
  wire::Packet parsed = wire::packet_from_value(value).value();
  engine_.submit(session_, {.events = std::move(std::get<wire::Turn>(parsed).events),
                            .ticket = Ticket{receipts.size() + 1},
                            .wants_receipt = wants_receipt});
}

void TestClient::say(std::string_view packet) { submit(packet, false); }

const Receipt& TestClient::ask(std::string_view packet) {
  const std::size_t before = receipts.size();
  submit(packet, true);
  AVOW_CHECK(receipts.size() == before + 1);
  return receipts.back();
}

std::int64_t TestClient::resolve(std::string_view reference) {
  const std::string step =
      reference.empty() ? to_text(development_reference().to_value()) : std::string(reference);
  const std::string number = std::to_string(next_resolve_++);
  say("[[0 <A <resolve " + step + " #:[0 " + number + "]> " + number + ">]]");
  const std::string answer = told.back().body;
  const std::string_view begin = "<ok #:[0 ";
  AVOW_CHECK(answer.starts_with(begin));
  space = std::stoll(answer.substr(begin.size()));
  heard_ = told.size();
  return space;
}

void TestClient::observe(std::int64_t oid, std::string_view pattern, std::int64_t handle) {
  say("[[% <A <Observe " + std::string(pattern) + " #:[0 " + std::to_string(oid) + "]> " +
      std::to_string(handle) + ">]]");
}

void TestClient::close(Cause cause) { engine_.close_session(session_, cause); }

std::vector<std::string> TestClient::heard() {
  std::vector<std::string> all;
  for (; heard_ < told.size(); ++heard_) all.push_back(text_of(told[heard_]));
  return all;
}

std::vector<std::string> TestClient::heard_at(std::int64_t oid) {
  std::vector<std::string> all;
  for (const Told& one : told) {
    if (one.oid == oid) all.push_back(text_of(one));
  }
  return all;
}

void TestClient::turn(const OutboundTurn& turn) {
  resyncs.insert(resyncs.end(), turn.resyncs().begin(), turn.resyncs().end());
  told_before_resyncs.resize(resyncs.size(), told.size());
  for (const OutboundEvent& event : turn.events()) {
    Told one;
    one.oid = turn.target(event).small().value();
    one.kind = event.kind;
    if (event.kind != OutboundKind::retract || event.with_captures)
      one.body = to_text(turn.body(event));
    one.handle = event.handle;
    one.cause = event.cause;
    one.by_topic = event.by_topic;
    if (event.change != OutboundEvent::none) {
      const TurnContent& content = turn.content();
      const SharedChange& change = content.changes()[event.change];
      one.revision = content.spaces()[change.space].revision;
      one.capture_bytes = change.size;
    }
    told.push_back(std::move(one));
  }
  if (!turn.events().empty()) turn_sizes.push_back(turn.events().size());
  topics.insert(topics.end(), turn.topics().begin(), turn.topics().end());
  progress.insert(progress.end(), turn.progress().begin(), turn.progress().end());
  gaps.insert(gaps.end(), turn.gaps().begin(), turn.gaps().end());
  caught_up.insert(caught_up.end(), turn.caught_up().begin(), turn.caught_up().end());
  if (turn.receipt()) receipts.push_back(*turn.receipt());
}

}  // namespace avow::server::testing
