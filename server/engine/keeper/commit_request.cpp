#include "server/engine/keeper/commit_request.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace avow::server {
namespace {

using OpKind = CommitOp::Kind;

// How an operation is written: its label, and what its fields are.
struct Form {
  enum class Field : std::uint8_t { id, key, value, pattern, identity };
  OpKind kind;
  std::string_view label;
  std::array<Field, 2> fields;
  std::size_t field_count;
};

using Field = Form::Field;
constexpr Form forms[] = {
    {OpKind::put, "put", {Field::value}, 1},
    {OpKind::drop, "drop", {Field::value}, 1},
    {OpKind::slot, "slot", {Field::key, Field::value}, 2},
    {OpKind::clear_slot, "slot", {Field::key}, 1},
    {OpKind::lease_to, "lease-to", {Field::id, Field::value}, 2},
    {OpKind::renew, "renew", {Field::id}, 1},
    {OpKind::end, "end", {Field::id}, 1},
    {OpKind::item, "item", {Field::value}, 1},
    {OpKind::take, "take", {Field::pattern}, 1},
    {OpKind::ack, "ack", {Field::id}, 1},
    {OpKind::send, "send", {Field::value}, 1},
    {OpKind::outcome, "outcome", {Field::identity}, 1},
};

std::string text_of_label(ValueView op) {
  const auto name = op.kind() == Kind::record ? op.label().as_symbol() : std::nullopt;
  return name ? "<" + std::string(*name) + " …>" : "something that is no record";
}

Result<Value> read_lasting(ValueView value) {
  if (contains_embedded(value.bytes())) {
    return Error{"reference-not-durable",
                 "A value with a reference in it cannot be kept: references end with their "
                 "sessions. Publish it instead."};
  }
  return Value(value);
}

Result<void> read_field(Field field, ValueView value, const EngineLimits& limits, CommitOp& op) {
  switch (field) {
    case Field::id: {
      const std::optional<std::uint64_t> id = value.as_uint64();
      if (!id) return bad_request("The id of a lease or an item is a number.");
      op.id = *id;
      return {};
    }
    case Field::key: {
      AVOW_TRY(op.key, read_lasting(value));
      return {};
    }
    case Field::value: {
      AVOW_TRY(op.value, read_lasting(value));
      return {};
    }
    case Field::pattern: {
      AVOW_TRY(op.pattern, Pattern::parse(value, limits.pattern));
      return {};
    }
    case Field::identity:
      break;
  }
  AVOW_TRY(op.identity, read_identity(value));
  return {};
}

Result<CommitOp> read_op(ValueView wire, const EngineLimits& limits) {
  const std::optional<std::string_view> label =
      wire.kind() == Kind::record ? wire.label().as_symbol() : std::nullopt;
  const std::size_t count = label ? wire.element_count() : 0;
  bool label_is_known = false;
  for (const Form& form : forms) {
    if (label != form.label) continue;
    label_is_known = true;
    if (form.field_count != count) continue;
    CommitOp op;
    op.kind = form.kind;
    auto at = wire.elements().begin();
    for (std::size_t i = 0; i < count; ++i, ++at) {
      AVOW_TRY_VOID(read_field(form.fields[i], *at, limits, op));
    }
    return op;
  }
  if (label_is_known) {
    return bad_request("The operation " + text_of_label(wire) + " has too few or too many fields.");
  }
  return Error{"unsupported",
               "An operation of the commit is not known here: " + text_of_label(wire) + "."};
}

Result<void> read_guards(ValueView patterns, const EngineLimits& limits,
                         std::vector<Interest>& into) {
  if (patterns.kind() != Kind::sequence) {
    return bad_request("`require` and `absent` are sequences of patterns.");
  }
  for (const ValueView wire : patterns.elements()) {
    if (into.size() == limits.query_patterns_max) {
      return Error{"limit", "A commit has at most " + std::to_string(limits.query_patterns_max) +
                                " patterns of a kind."};
    }
    Interest guard;
    AVOW_TRY(guard.pattern, Pattern::parse(wire, limits.pattern));
    into.push_back(std::move(guard));
  }
  return {};
}

Result<Level> read_level(ValueView value) {
  if (value.is_symbol("durable")) return Level::durable;
  if (value.is_symbol("accepted")) return Level::accepted;
  return bad_request("The level is `durable` or `accepted`.");
}

Result<void> read_option(std::string_view name, ValueView value, const EngineLimits& limits,
                         CommitRequest& request) {
  if (name == "require") return read_guards(value, limits, request.require);
  if (name == "absent") return read_guards(value, limits, request.absent);
  if (name == "turn-id") {
    AVOW_TRY(request.identity, read_identity(value));
  } else if (name == "level") {
    AVOW_TRY(request.level, read_level(value));
  } else if (name == "timeout") {
    AVOW_TRY(request.timeout,
             read_milliseconds(value, "The timeout", Milliseconds{0}, limits.wait_max));
  } else if (name == "delay") {
    AVOW_TRY(request.delay,
             read_milliseconds(value, "The delay", Milliseconds{0}, limits.wait_max));
  } else if (name == "ack") {
    const std::optional<bool> consumes = value.as_boolean();
    if (!consumes) return bad_request("`ack` is true or false.");
    request.consumes = *consumes;
  } else {
    return Error{"unsupported",
                 "The option `" + std::string(name) + "` of the commit is not known here."};
  }
  return {};
}

Result<void> read_options(ValueView options, const EngineLimits& limits, CommitRequest& request) {
  if (options.kind() != Kind::dictionary) {
    return bad_request("The options of a commit are a dictionary.");
  }
  // In total order, so that of several bad options always the same is complained of.
  const std::vector<ValueView> entries = in_total_order(options);
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    const std::optional<std::string_view> name = entries[i].as_symbol();
    if (!name) return Error{"unsupported", "The options of a commit are named by symbols."};
    AVOW_TRY_VOID(read_option(*name, entries[i + 1], limits, request));
  }
  return {};
}

// What a commit and a last turn have in common.
Result<CommitRequest> read_turn(ValueView wire, const EngineLimits& limits) {
  const std::optional<ValueView> ops = wire.element(0);
  const std::optional<ValueView> options = wire.element(1);
  if (!ops || !options || ops->kind() != Kind::sequence) {
    return bad_request(
        "A commit is <commit [operation …] {options} #:reply>, and a last turn likewise.");
  }
  CommitRequest request;
  AVOW_TRY_VOID(read_options(*options, limits, request));
  for (const ValueView op : ops->elements()) {
    if (request.ops.size() == limits.commit_ops_max) {
      return Error{"limit", "A commit has at most " + std::to_string(limits.commit_ops_max) +
                                " operations; divide it."};
    }
    AVOW_TRY(CommitOp read, read_op(op, limits));
    if (read.kind == OpKind::outcome && read.identity == request.identity) {
      return bad_request("A commit cannot ask for its own outcome.");
    }
    request.ops.push_back(std::move(read));
  }
  return request;
}

bool needs_somebody(const CommitOp& op) {
  return op.kind == OpKind::take || op.kind == OpKind::ack || op.kind == OpKind::outcome;
}

}  // namespace

bool CommitRequest::is_lasting() const {
  return identity || std::any_of(ops.begin(), ops.end(), [&](const CommitOp& op) {
           const bool only_looks = op.kind == OpKind::send || op.kind == OpKind::outcome;
           return !only_looks && (op.kind != OpKind::take || consumes);
         });
}

Result<CommitRequest> read_commit(ValueView wire, const EngineLimits& limits) {
  AVOW_TRY(CommitRequest request, read_turn(wire, limits));
  if (request.delay) return Error{"unsupported", "Only a last turn has a `delay`."};
  return request;
}

Result<CommitRequest> read_last_turn(ValueView wire, const EngineLimits& limits) {
  AVOW_TRY(CommitRequest request, read_turn(wire, limits));
  const bool wants_answer = request.timeout || request.consumes ||
                            std::any_of(request.ops.begin(), request.ops.end(), needs_somebody);
  if (wants_answer) {
    return Error{"unsupported",
                 "When a last turn is run nobody is there to wait or to hold an item: it has no "
                 "`take`, `ack`, `outcome` or `timeout`."};
  }
  // The operations have been looked at; what the guards say is kept too.
  if (contains_embedded(wire.element(1)->bytes())) {
    return Error{"reference-not-durable",
                 "A last turn is kept, so its guards cannot name references."};
  }
  return request;
}

Result<TurnIdentity> read_identity(ValueView value) {
  const bool is_pair = value.kind() == Kind::sequence && value.element_count() == 2;
  const auto client = is_pair ? value.element(0)->as_bytes() : std::nullopt;
  const auto number = is_pair ? value.element(1)->as_uint64() : std::nullopt;
  TurnIdentity identity;
  if (!client || client->size() != identity.client.size() || !number) {
    return bad_request("A turn id is [client n]: 16 random bytes, and a number that rises.");
  }
  std::copy(client->begin(), client->end(), identity.client.begin());
  identity.number = *number;
  return identity;
}

Result<Milliseconds> read_milliseconds(ValueView value, const char* what, Milliseconds min,
                                       Milliseconds max) {
  const std::optional<std::int64_t> count = value.as_int64();
  if (!count || *count < min.count() || *count > max.count()) {
    return bad_request(std::string(what) + " is a number of milliseconds from " +
                       std::to_string(min.count()) + " to " + std::to_string(max.count()) + ".");
  }
  return Milliseconds{*count};
}

}  // namespace avow::server
