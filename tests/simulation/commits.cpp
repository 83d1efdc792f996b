#include "tests/simulation/commits.hpp"

#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"

namespace avow::simulation {
namespace {

using OpKind = KeeperOp::Kind;

constexpr std::size_t values = 6;
constexpr std::size_t slots = 3;
constexpr std::size_t jobs = 3;

std::string text_of_name(const TurnName& name) {
  return to_text(sequence(Value::bytes(name.first), name.second));
}

// Of a record with one field.
std::string pattern_of(const Value& value) {
  return "<group <rec " + to_text(value.view().label()) + "> {0: <lit " +
         to_text(*value.view().element(0)) + ">}>";
}

std::string text_of_op(const KeeperOp& op) {
  const std::string id = std::to_string(op.id);
  switch (op.kind) {
    case OpKind::put:
      return "<put " + to_text(op.value) + ">";
    case OpKind::drop:
      return "<drop " + to_text(op.value) + ">";
    case OpKind::slot:
      return "<slot " + to_text(op.key) + " " + to_text(op.value) + ">";
    case OpKind::clear_slot:
      return "<slot " + to_text(op.key) + ">";
    case OpKind::lease_to:
      return "<lease-to " + id + " " + to_text(op.value) + ">";
    case OpKind::renew:
      return "<renew " + id + ">";
    case OpKind::end:
      return "<end " + id + ">";
    case OpKind::item:
      return "<item " + to_text(op.value) + ">";
    case OpKind::take:
      return "<take " + pattern_of(op.value) + ">";
    case OpKind::take_any:
      return "<take <_>>";
    case OpKind::ack:
      break;
  }
  return "<ack " + id + ">";
}

std::string guards(const char* option, const std::vector<Value>& facts) {
  if (facts.empty()) return "";
  std::string text = std::string(option) + ": [";
  for (const Value& fact : facts) {
    text += pattern_of(fact);
  }
  return text + "] ";
}

Value request(const std::string& text, std::int64_t entity) {
  return parse_text("<" + text + " #:[0 " + std::to_string(entity) + "]>").value();
}

// An id that exists, mostly; 0 never does.
std::uint64_t any_id(test::Random& random, const std::vector<std::uint64_t>& ids) {
  return ids.empty() || random.chance(1, 16) ? 0 : random.pick(ids);
}

OpKind random_kind(test::Random& random, const KnownIds& known) {
  const auto kind = static_cast<OpKind>(random.below(11));
  const bool is_of_lease = kind == OpKind::lease_to || kind == OpKind::renew || kind == OpKind::end;
  if (is_of_lease && known.leases.empty() && !random.chance(1, 16)) return OpKind::put;
  if (kind == OpKind::end && !random.chance(1, 4)) return OpKind::renew;
  if (kind == OpKind::ack && known.items.empty() && !random.chance(1, 16)) return OpKind::item;
  return kind;
}

KeeperOp random_op(test::Random& random, const KnownIds& known) {
  KeeperOp op{.kind = random_kind(random, known)};
  op.key = Value::integer(std::uint64_t{random.below(slots)});
  const bool is_of_item = op.kind == OpKind::item || op.kind == OpKind::take;
  op.value = is_of_item ? record("job", random.below(jobs)) : kept_fact(random.below(values));
  op.id = any_id(random, op.kind == OpKind::ack ? known.items : known.leases);
  return op;
}

// What is told before it is durable has words of its own.
KeeperOp random_loose_op(test::Random& random) {
  KeeperOp op{.kind = random.chance(2, 3) ? OpKind::put : OpKind::drop};
  op.value = record("loose", random.below(values));
  return op;
}

Wish wish_without_names(std::string_view text) {
  return {.pattern = parse_pattern_text(text).value().pattern};
}

}  // namespace

Commit random_commit(test::Random& random, const TurnName& name, const KnownIds& known) {
  Commit commit{.space = random.below(space_count), .name = name};
  commit.is_durable = !random.chance(1, 8);
  do {
    commit.ops.push_back(commit.is_durable ? random_op(random, known) : random_loose_op(random));
  } while (random.chance(1, 2));
  while (random.chance(1, 8)) commit.require.push_back(kept_fact(random.below(values)));
  while (random.chance(1, 8)) commit.absent.push_back(kept_fact(random.below(values)));
  commit.consumes = random.chance(1, 3);
  if (random.chance(1, 2)) commit.timeout = 1 + random.below(2'000);
  return commit;
}

Value commit_request(const Commit& commit, std::int64_t entity) {
  std::string text = "commit [";
  for (const KeeperOp& op : commit.ops) text += text_of_op(op);
  text += "] {turn-id: " + text_of_name(commit.name) + " ";
  text += guards("require", commit.require) + guards("absent", commit.absent);
  if (commit.consumes) text += "ack: #t ";
  if (!commit.is_durable) text += "level: accepted ";
  if (commit.timeout > 0) text += "timeout: " + std::to_string(commit.timeout);
  return request(text + "}", entity);
}

Value lease_request(std::uint64_t ttl, std::int64_t entity) {
  return request("lease {ttl: " + std::to_string(ttl) + "}", entity);
}

Value outcome_request(const TurnName& name, std::int64_t entity) {
  return request("commit [<outcome " + text_of_name(name) + ">] {}", entity);
}

Value kept_fact(std::uint64_t number) { return record("kept", number); }
Wish kept_wish() { return wish_without_names("<kept $>"); }
Wish keeper_wish() { return wish_without_names("<avow-service keeper $>"); }
Value keeper_fact() { return record("avow-service", Value::symbol("keeper"), ReferenceId{}); }

}  // namespace avow::simulation
