#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>

#include "tests/model/naive_keeper.hpp"
#include "tests/support/random.hpp"
#include "tests/unit/engine/keeper_world.hpp"

// The keeper against a naive one: random commits, takes, leases, lost sessions, crashes. What the
// real one tells is compared each time that its journal commits, and after a crash both go on from
// what was committed last.

namespace avow::test {
namespace {

using Kind = NaiveOpKind;
using server::testing::identity;
using server::testing::KeeperClient;
using server::testing::KeeperWorld;
using server::testing::test_options;
using server::testing::turn_id;

constexpr int sessions = 4;
constexpr std::size_t steps_of_history = 150;
constexpr std::uint64_t reserve_step = std::uint64_t{1} << 32;

std::string text_of(const NaiveOp& op) {
  const std::string id = std::to_string(op.id);
  const std::string key = std::to_string(op.key);
  const std::string value = std::to_string(op.value);
  switch (op.kind) {
    case Kind::put:
      return "<put <n " + value + ">>";
    case Kind::drop:
      return "<drop <n " + value + ">>";
    case Kind::slot:
      return "<slot " + key + " <n " + value + ">>";
    case Kind::clear_slot:
      return "<slot " + key + ">";
    case Kind::lease_to:
      return "<lease-to " + id + " <n " + value + ">>";
    case Kind::renew:
      return "<renew " + id + ">";
    case Kind::end:
      return "<end " + id + ">";
    case Kind::item:
      return "<item <job " + value + ">>";
    case Kind::take:
      return "<take <group <rec job> {0: <lit " + value + ">}>>";
    case Kind::take_any:
      return "<take <_>>";
    case Kind::ack:
      return "<ack " + id + ">";
    case Kind::send:
      return "<send <nobody>>";
    case Kind::outcome:
      break;
  }
  return "<outcome " + identity('m', static_cast<int>(op.id)) + ">";
}

std::string guards(const char* name, const std::vector<int>& values) {
  if (values.empty()) return "";
  std::string text = std::string(name) + ": [";
  for (const int value : values) {
    text += "<group <rec n> {0: <lit " + std::to_string(value) + ">}>";
  }
  return text + "] ";
}

std::string options_of(const NaiveRequest& request) {
  std::string text = "{" + guards("require", request.require) + guards("absent", request.absent);
  if (request.turn) text += turn_id('m', static_cast<int>(*request.turn)) + " ";
  if (request.timeout) text += "timeout: " + std::to_string(*request.timeout) + " ";
  return text + (request.consumes ? "ack: #t" : "") + "}";
}

// Where turns stand is not the naive keeper's business.
std::string comparable(const std::string& outcome) {
  if (outcome.empty() || outcome.front() != '[') return outcome;
  constexpr std::string_view label = "<committed";
  std::string without_numbers;
  std::size_t from = 0;
  for (std::size_t at = outcome.find(label); at != std::string::npos;
       at = outcome.find(label, from)) {
    without_numbers.append(outcome, from, at + label.size() - from);
    from = outcome.find('>', at);
  }
  without_numbers.append(outcome, from);
  return to_text(parse_text(without_numbers).value());
}

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_(seed) {
    model_.restart(0, 0);
    committed_ = model_;
  }

  /// The first difference, or nothing.
  std::optional<std::string> run() {
    for (std::size_t i = 0; i < steps_of_history && !difference_; ++i) step();
    if (!difference_) commit();
    return difference_;
  }

 private:
  void step() {
    const std::size_t dice = random_.below(100);
    if (dice < 60) return ask();
    if (dice < 70) return publish_or_not();
    if (dice < 74) return retract();
    if (dice < 80) return leave();
    if (dice < 90) return pass();
    if (dice < 97) return commit();
    restart();
  }

  int any_session() { return static_cast<int>(random_.below(sessions)); }

  KeeperClient& client(int session) {
    auto& place = clients_[static_cast<std::size_t>(session)];
    if (place == nullptr) place = std::make_unique<KeeperClient>(world_.engine());
    return *place;
  }

  // Ids that exist, mostly.
  std::uint64_t any_of(const std::vector<std::uint64_t>& ids) {
    return ids.empty() || random_.chance(1, 12) ? random_.below(8) : random_.pick(ids);
  }

  NaiveOp random_op() {
    NaiveOp op;
    op.kind = static_cast<Kind>(random_.below(13));
    op.key = static_cast<int>(random_.below(2));
    op.value = static_cast<int>(random_.below(3));
    if (op.kind == Kind::ack) op.id = any_of(model_.item_ids());
    if (op.kind == Kind::outcome) op.id = random_.below(40);
    const bool is_of_lease =
        op.kind == Kind::lease_to || op.kind == Kind::renew || op.kind == Kind::end;
    if (is_of_lease) op.id = any_of(model_.lease_ids());
    return op;
  }

  std::vector<int> random_guards() {
    std::vector<int> values;
    while (random_.chance(1, 6)) values.push_back(static_cast<int>(random_.below(3)));
    return values;
  }

  NaiveRequest random_request() {
    NaiveRequest request;
    request.session = any_session();
    if (random_.chance(1, 10)) {
      request.ttl = static_cast<int>(100 + 4 * random_.below(50));
      return request;
    }
    do {
      request.ops.push_back(random_op());
    } while (random_.chance(1, 2));
    request.require = random_guards();
    request.absent = random_guards();
    request.consumes = random_.chance(1, 3);
    if (random_.chance(1, 2)) request.timeout = static_cast<int>(1 + random_.below(400));
    if (random_.chance(1, 3)) request.turn = random_.below(40);
    for (const NaiveOp& op : request.ops) {
      if (op.kind == Kind::outcome && request.turn == op.id) request.turn.reset();
    }
    return request;
  }

  void ask() {
    NaiveRequest request = random_request();
    KeeperClient& by = client(request.session);
    if (request.ttl) {
      request.number = by.lease(Milliseconds{*request.ttl});
    } else {
      std::string ops;
      for (const NaiveOp& op : request.ops) ops += text_of(op);
      const std::string options = options_of(request);
      log_ += std::to_string(request.session) + " commits " + ops + " " + options + "\n";
      request.number = by.commit(ops, options);
    }
    numbers_.push_back({request.session, request.number});
    model_.ask(request);
  }

  void publish_or_not() {
    const int session = any_session();
    const int value = static_cast<int>(random_.below(3));
    const bool is_there = !published_.insert({session, value}).second;
    const std::string handle = std::to_string(10 + value);
    log_ += std::to_string(session) + (is_there ? " retracts " : " publishes ") + handle + "\n";
    if (is_there) {
      published_.erase({session, value});
      client(session)->say("[[% <R " + handle + ">]]");
      model_.unpublish(session, value);
    } else {
      client(session)->say("[[% <A <n " + std::to_string(value) + "> " + handle + ">]]");
      model_.publish(session, value);
    }
  }

  void retract() {
    if (numbers_.empty()) return;
    const auto [session, number] = random_.pick(numbers_);
    log_ += std::to_string(session) + " retracts request " + std::to_string(number) + "\n";
    if (clients_[static_cast<std::size_t>(session)] == nullptr) return;
    client(session).retract(number);
    model_.retract(session, number);
    retracted_.insert({session, number});
  }

  void leave() {
    const int session = any_session();
    log_ += std::to_string(session) + " leaves\n";
    if (clients_[static_cast<std::size_t>(session)] == nullptr) return;
    forget(session);
    model_.end_session(session);
  }

  void forget(int session) {
    clients_[static_cast<std::size_t>(session)].reset();
    std::erase_if(expected_, [&](const NaiveAnswer& one) { return one.session == session; });
    std::erase_if(numbers_, [&](const auto& one) { return one.first == session; });
    std::erase_if(published_, [&](const auto& one) { return one.first == session; });
    std::erase_if(retracted_, [&](const auto& one) { return one.first == session; });
    remember();
    std::erase_if(expected_, [&](const NaiveAnswer& one) { return one.session == session; });
  }

  void pass() {
    const auto time = static_cast<std::int64_t>(random_.below(60));
    log_ += "pass " + std::to_string(time) + "\n";
    world_.pass(Milliseconds{time});
    now_ += time;
    model_.tick(now_);
  }

  void remember() {
    for (NaiveAnswer& answer : model_.take_answers()) expected_.push_back(std::move(answer));
  }

  void commit() {
    log_ += "commit\n";
    world_.commit();
    remember();
    for (const NaiveAnswer& answer : std::exchange(expected_, {})) compare(answer);
    if (world_.journal().row_count() != model_.row_count()) {
      differ("rows: " + std::to_string(world_.journal().row_count()) + " instead of " +
             std::to_string(model_.row_count()));
    }
    compare_facts();
    committed_ = model_;
  }

  void compare(const NaiveAnswer& answer) {
    if (retracted_.contains({answer.session, answer.number})) return;
    KeeperClient& by = client(answer.session);
    const std::string text = by.answer(answer.number);
    if (text.starts_with("<expired") || text.starts_with("<ended")) return;  // A lease.
    const std::string lease = by.entry(answer.number, "id");
    const std::string told = lease.empty() ? by.outcome(answer.number) : lease;
    if (comparable(told) != comparable(answer.outcome)) {
      differ("request " + std::to_string(answer.number) + " of " + std::to_string(answer.session) +
             ": " + told + " instead of " + answer.outcome);
    }
  }

  void compare_facts() {
    std::set<int> there;
    {
      KeeperClient watcher(world_.engine());
      watcher->observe(9, "<group <rec n> {0: <bind <_>>}>", 1);
      for (const std::string& told : watcher->heard_at(9)) there.insert(told.at(5) - '0');
    }
    if (there != model_.facts()) differ("the facts");
  }

  void restart() {
    log_ += "restart\n";
    for (int session = 0; session < sessions; ++session) forget(session);
    world_.restart();
    model_ = committed_;
    ++restarts_;
    model_.restart(restarts_ * reserve_step, now_);
    expected_.clear();
    world_.commit();
    committed_ = model_;
    compare_facts();
  }

  void differ(const std::string& what) {
    if (!difference_) difference_ = log_ + what;
  }

  Random random_;
  KeeperWorld world_{test_options(), reserve_step};
  NaiveKeeper model_;
  NaiveKeeper committed_;
  std::array<std::unique_ptr<KeeperClient>, sessions> clients_;
  std::vector<std::pair<int, int>> numbers_;
  std::set<std::pair<int, int>> published_;
  std::set<std::pair<int, int>> retracted_;
  std::vector<NaiveAnswer> expected_;
  std::int64_t now_ = 0;
  std::uint64_t restarts_ = 0;
  std::string log_;
  std::optional<std::string> difference_;
};

TEST(KeeperModel, EveryRandomHistoryComesToWhatTheNaiveKeeperSays) {
  const char* const given = std::getenv("AVOW_TEST_TURNS");
  const std::size_t turns = given != nullptr ? std::strtoull(given, nullptr, 10) : 150'000;
  const std::uint64_t first_seed = test_seed();
  for (std::uint64_t seed = first_seed; seed <= first_seed + turns / steps_of_history; ++seed) {
    const std::optional<std::string> difference = Comparison(seed).run();
    ASSERT_FALSE(difference) << "AVOW_TEST_SEED=" << seed << " AVOW_TEST_TURNS=1 repeats this:\n"
                             << *difference;
  }
}

}  // namespace
}  // namespace avow::test
