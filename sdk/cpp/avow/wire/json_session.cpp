#include "avow/wire/json_session.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/base/epoch.hpp"
#include "avow/model/delivery_options.hpp"
#include "avow/wire/base64.hpp"
#include "avow/wire/json_delivery.hpp"

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;

struct Option {
  std::string_view key;
  std::string_view verb;
};
constexpr Option options_of_verbs[] = {
    {"grace", "open"},       {"received", "resume"}, {"space", "resume"},   {"epoch", "resume"},
    {"from", "observe"},     {"epoch", "observe"},   {"else", "observe"},   {"progress", "observe"},
    {"count", "observe"},    {"others", "observe"},  {"policy", "observe"}, {"credit", "observe"},
    {"conflate", "observe"}, {"turns", "grant"},     {"bytes", "grant"}};

Result<std::uint64_t> read_number(JsonView json, std::string_view what) {
  const std::optional<std::int64_t> number = json.as_int64();
  if (number && *number >= 0) return static_cast<std::uint64_t>(*number);
  return bad_request(std::string(what) + " is a number that the server told, or 0.");
}

Result<std::uint64_t> read_epoch(JsonView json) {
  if (json.is(JsonKind::string)) {
    if (const std::optional<std::uint64_t> epoch = epoch_in(json.text())) return *epoch;
  }
  return bad_request("\"epoch\" is 16 hexadecimal digits, as the server tells them.");
}

Result<std::uint64_t> read_progress(JsonView json) {
  const std::optional<std::int64_t> ms = json.as_int64();
  if (ms && *ms >= 0) {
    const auto number = static_cast<std::uint64_t>(*ms);
    if (number >= progress_ms_min && number <= progress_ms_max) return number;
  }
  return bad_request("\"progress\" is a number of milliseconds, from 100 to 86400000.");
}

Result<bool> read_flag(JsonView json, std::string_view what) {
  if (json.is(JsonKind::boolean)) return json.boolean();
  return bad_request(std::string(what) + " is true or false.");
}

}  // namespace

bool is_json_session_option(std::string_view key) {
  return std::any_of(std::begin(options_of_verbs), std::end(options_of_verbs),
                     [key](const Option& option) { return option.key == key; });
}

bool goes_with_json_session(std::string_view key, std::string_view verb) {
  return std::any_of(
      std::begin(options_of_verbs), std::end(options_of_verbs),
      [&](const Option& option) { return option.key == key && option.verb == verb; });
}

Result<JsonRequest::Open> read_json_open(JsonView reference,
                                         const std::vector<JsonView::Member>& options,
                                         const JsonRequestLimits& limits) {
  JsonRequest::Open open;
  AVOW_TRY(open.reference, read_json_value(reference, limits));
  for (const JsonView::Member& option : options) {
    AVOW_TRY(open.grace_ms, read_json_count(option.value, "A grace is"));
  }
  return open;
}

Result<JsonRequest::Resume> read_json_resume(JsonView token,
                                             const std::vector<JsonView::Member>& options) {
  JsonRequest::Resume resume;
  if (!token.is(JsonKind::string))
    return bad_request("A resume token is text, as the server told it.");
  // What is no base64 is no token that was ever handed out, and is answered like any other of
  // these.
  resume.token = base64_to_bytes(token.text()).value_or(Bytes());
  for (const auto& [key, value] : options) {
    if (key == "received") {
      AVOW_TRY(resume.received, read_number(value, "\"received\""));
    } else if (key == "epoch") {
      AVOW_TRY(resume.epoch, read_epoch(value));
    } else if (value.is(JsonKind::string)) {
      resume.space = value.text();
    } else {
      return bad_request("\"space\" is the name of a space, as the server told it.");
    }
  }
  return resume;
}

Result<JsonRequest::Observe> read_json_observe(NamedPattern pattern,
                                               const std::vector<JsonView::Member>& options) {
  JsonRequest::Observe observe{std::move(pattern)};
  ResumePoint point;
  bool has_from = false;
  bool has_epoch = false;
  for (const auto& [key, value] : options) {
    if (key == "from") {
      has_from = true;
      AVOW_TRY(point.revision, read_number(value, "\"from\""));
    } else if (key == "epoch") {
      has_epoch = true;
      AVOW_TRY(point.epoch, read_epoch(value));
    } else if (key == "progress") {
      AVOW_TRY(observe.delivery.progress_ms, read_progress(value));
    } else if (key == "count") {
      AVOW_TRY(observe.count, read_flag(value, "\"count\""));
    } else if (key == "others") {
      AVOW_TRY(observe.others, read_flag(value, "\"others\""));
    } else if (is_json_delivery_option(key)) {
      AVOW_TRY_VOID(read_json_delivery({key, value}, observe.pattern, observe.delivery));
    } else {
      point.or_resync = value.is(JsonKind::string) && value.text() == "resync";
      if (!point.or_resync) return bad_request("\"else\" is \"resync\", or is left out.");
    }
  }
  if (has_from != has_epoch || (point.or_resync && !has_from)) {
    return bad_request(
        "\"from\" and \"epoch\" go together, and \"else\" goes with them: a revision is one of an "
        "epoch.");
  }
  if (has_from) observe.delivery.resume = point;
  return observe;
}

Result<JsonRequest::Acknowledge> read_json_acknowledge(JsonView number) {
  AVOW_TRY(const std::uint64_t told, read_number(number, "What is acknowledged"));
  return JsonRequest::Acknowledge{told};
}

}  // namespace avow::wire
