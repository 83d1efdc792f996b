#include "tests/unit/engine/keeper_world.hpp"

#include <map>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"

namespace avow::server::testing {

KeeperWorld::KeeperWorld(EngineOptions options, std::uint64_t reserve_step)
    : options_(std::move(options)), journal_(reserve_step) {
  options_.journal = &journal_;
  start();
}

void KeeperWorld::start() {
  engine_ = std::make_unique<Engine>(options_);
  AVOW_CHECK(engine_->recover().has_value());
  journal_.start(*this);
  engine_->tick(now_);
}

void KeeperWorld::restart() {
  engine_.reset();
  journal_.crash();
  start();
}

void KeeperWorld::end_and_start() {
  AVOW_CHECK(journal_.close(engine_->last_number()).has_value());
  restart();
}

void KeeperWorld::pass(Milliseconds time) {
  now_ += time;
  engine_->tick(now_);
}

KeeperClient::KeeperClient(Engine& engine, std::string_view reference) : client_(engine) {
  client_.resolve(reference);
  keeper_ = engine.open_keeper(client_.session(), client_.space).value();
}

int KeeperClient::ask(const std::string& request) {
  const std::string number = std::to_string(++last_);
  client_.say("[[" + std::to_string(keeper_) + " <A " + request + " #:[0 " + number + "]> " +
              number + ">]]");
  return last_;
}

int KeeperClient::commit(std::string_view ops, std::string_view options) {
  return ask("<commit [" + std::string(ops) + "] " + std::string(options));
}

int KeeperClient::lease(Milliseconds ttl) {
  return ask("<lease {ttl: " + std::to_string(ttl.count()) + "}");
}

int KeeperClient::last_turn(std::string_view ops, std::string_view options) {
  return ask("<last-turn [" + std::string(ops) + "] " + std::string(options));
}

int KeeperClient::query(std::string_view patterns, std::string_view options) {
  return ask("<query [" + std::string(patterns) + "] " + std::string(options));
}

void KeeperClient::retract(int request) {
  client_.say("[[" + std::to_string(keeper_) + " <R " + std::to_string(request) + ">]]");
}

std::optional<Value> KeeperClient::standing(int request) const {
  std::map<std::uint64_t, std::string> there;
  for (const Told& told : client_.told) {
    if (told.oid != request) continue;
    if (told.kind == OutboundKind::publish) there[told.handle] = told.body;
    if (told.kind == OutboundKind::retract) there.erase(told.handle);
  }
  if (there.empty()) return std::nullopt;
  return parse_text(there.rbegin()->second).value();
}

std::string KeeperClient::answer(int request) const {
  const std::optional<Value> value = standing(request);
  return value ? to_text(*value) : "";
}

std::string KeeperClient::entry(int request, std::string_view key) const {
  const std::optional<Value> value = standing(request);
  if (!value || !value->view().element(0)) return "";
  const std::optional<ValueView> entry = value->view().element(0)->entry(key);
  return entry ? to_text(*entry) : "";
}

std::string KeeperClient::outcome(int request) const {
  const std::string results = entry(request, "results");
  return results.empty() ? entry(request, "code") : results;
}

std::string KeeperClient::done(std::string_view ops, std::string_view options) {
  return outcome(commit(ops, options));
}

std::uint64_t KeeperClient::id_of(int request) const {
  const std::optional<Value> value = standing(request);
  AVOW_CHECK(value.has_value());
  const ValueView answer = *value->view().element(0);
  if (const auto id = answer.entry("id")) return id->as_uint64().value();
  const ValueView result = *answer.entry("results")->element(0);
  if (const auto id = result.as_uint64()) return *id;
  return result.entry("id")->as_uint64().value();
}

std::string system_reference() {
  return to_text(SturdyReference::mint({}, record("space", "avow.system")).to_value());
}

std::vector<std::string> standing_numbers(Engine& engine, std::string_view reference) {
  TestClient watcher(engine);
  watcher.hears_what_went = false;  // Then it is told all at once.
  watcher.resolve(reference);
  watcher.observe(9, numbers, 1);
  return watcher.heard();
}

std::string turn_id(char c, int number) { return "turn-id: " + identity(c, number); }

std::string identity(char c, int number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string bytes;
  for (int i = 0; i < 16; ++i) {
    bytes += digits[static_cast<unsigned char>(c) / 16];
    bytes += digits[static_cast<unsigned char>(c) % 16];
  }
  return "[#x\"" + bytes + "\" " + std::to_string(number) + "]";
}

}  // namespace avow::server::testing
