#include "avow/wire/json_delivery.hpp"

#include <string>
#include <utility>

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;

Error no_credit() {
  return bad_request(
      "A credit says how many \"turns\", \"bytes\" or both: whole numbers from 1 to 2^63 - 1.");
}

Error no_conflation() {
  return bad_request(
      "\"conflate\" is an object: \"key\" lists names of captures, and \"every\" is a number of "
      "milliseconds, from 10 to 3600000.");
}

std::optional<std::uint64_t> number_in(JsonView json) {
  const std::optional<std::int64_t> number = json.as_int64();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Result<DeliveryCredit> read_credit_members(const std::vector<JsonView::Member>& members) {
  DeliveryCredit credit;
  for (const auto& [key, value] : members) {
    const Result<std::uint64_t> number = check_credit(number_in(value));
    if (!number || (key != "turns" && key != "bytes")) return no_credit();
    std::optional<std::uint64_t>& to = key == "turns" ? credit.turns : credit.bytes;
    if (to) return bad_request("The key " + quoted(key) + " stands twice.");
    to = *number;
  }
  if (!credit.turns && !credit.bytes) return no_credit();
  return credit;
}

std::optional<std::uint32_t> capture_named(std::string_view name, const NamedPattern& pattern) {
  for (std::uint32_t place = 0; place < pattern.names.size(); ++place) {
    const std::string& own = pattern.names[place];
    if (own.empty() ? std::to_string(place) == name : own == name) return place;
  }
  return std::nullopt;
}

Result<std::vector<std::uint32_t>> read_key(JsonView names, const NamedPattern& pattern) {
  if (!names.is(JsonKind::array)) return no_conflation();
  std::vector<std::uint32_t> key;
  for (const JsonView name : names) {
    if (!name.is(JsonKind::string)) return no_conflation();
    const std::optional<std::uint32_t> capture = capture_named(name.text(), pattern);
    if (!capture) {
      return bad_request("The pattern captures nothing named " + quoted(name.text()) +
                         ", which the key of \"conflate\" names.");
    }
    key.push_back(*capture);
  }
  return key;
}

Result<Conflation> read_conflation_members(JsonView json, const NamedPattern& pattern) {
  if (!json.is(JsonKind::object)) return no_conflation();
  std::optional<std::vector<std::uint32_t>> key;
  Conflation conflation;
  for (const auto& [name, value] : json.members()) {
    if (name == "key") {
      AVOW_TRY(key, read_key(value, pattern));
    } else if (name == "every") {
      const Result<std::uint64_t> ms = check_conflation_ms(number_in(value));
      if (!ms) return no_conflation();
      conflation.every_ms = *ms;
    } else {
      return no_conflation();
    }
  }
  if (!key || conflation.every_ms == 0) return no_conflation();
  conflation.key = *std::move(key);
  return conflation;
}

}  // namespace

bool is_json_delivery_option(std::string_view key) {
  return key == "policy" || key == "credit" || key == "conflate";
}

Result<void> read_json_delivery(const JsonView::Member& option, const NamedPattern& pattern,
                                DeliveryOptions& delivery) {
  const auto& [key, value] = option;
  if (key == "policy") {
    if (value.is(JsonKind::string)) delivery.policy = slow_policy_in(value.text());
    if (delivery.policy) return {};
    return bad_request("\"policy\" is \"resync\", \"pause\" or \"close\".");
  }
  if (key == "conflate") {
    AVOW_TRY(delivery.conflation, read_conflation_members(value, pattern));
    return {};
  }
  if (!value.is(JsonKind::object)) return no_credit();
  AVOW_TRY(delivery.credit, read_credit_members(value.members()));
  return {};
}

Result<JsonRequest::Grant> read_json_grant(JsonView id,
                                           const std::vector<JsonView::Member>& options) {
  JsonRequest::Grant grant;
  AVOW_TRY(grant.id, read_json_id(id));
  AVOW_TRY(grant.credit, read_credit_members(options));
  return grant;
}

}  // namespace avow::wire
