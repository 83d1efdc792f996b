#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/integer.hpp"
#include "avow/model/text_lexer.hpp"
#include "avow/wire/base64.hpp"
#include "avow/wire/json.hpp"
#include "avow/wire/packet.hpp"

namespace avow::wire {
namespace {

using JsonKind = JsonView::Kind;

constexpr std::size_t nan_hex_digits = 16;

Error bad_value(std::string detail) { return {"bad-value", std::move(detail)}; }
Error over_limit(std::string detail) { return {"limit", std::move(detail)}; }

bool is_reserved(std::string_view key) { return key.starts_with('$') || key.starts_with('<'); }

std::optional<double> double_from_bits(std::string_view hex) {
  std::uint64_t bits = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  const bool is_whole = error == std::errc() && end == hex.data() + hex.size();
  if (!is_whole || hex.size() != nan_hex_digits) return std::nullopt;
  double number = 0;
  static_assert(sizeof number == sizeof bits);
  std::memcpy(&number, &bits, sizeof number);
  // Only what has no other form may be written by its bits.
  return std::isnan(number) ? std::optional(number) : std::nullopt;
}

std::optional<double> special_double(std::string_view name) {
  if (name == "inf") return std::numeric_limits<double>::infinity();
  if (name == "-inf") return -std::numeric_limits<double>::infinity();
  if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
  return double_from_bits(name);
}

// Puts one value into a builder, part by part.
class Reader {
 public:
  Reader(Builder& out, JsonAuthor author, const ValueLimits& limits)
      : out_(out), author_(author), limits_(limits) {}

  Result<void> value(JsonView json) {
    if (++nodes_ > limits_.nodes_max) {
      return over_limit("A value holds more than " + std::to_string(limits_.nodes_max) +
                        " values.");
    }
    switch (json.kind()) {
      case JsonKind::null:
        out_.symbol("null");
        return {};
      case JsonKind::boolean:
        out_.boolean(json.boolean());
        return {};
      case JsonKind::number:
        return number(json);
      case JsonKind::string:
        return string(json.text());
      case JsonKind::array:
        AVOW_TRY_VOID(enter());
        out_.begin_sequence();
        return elements_and_end(json);
      case JsonKind::object:
        break;
    }
    return object(json);
  }

 private:
  Result<void> enter() {
    if (++depth_ <= limits_.depth_max) return {};
    return over_limit("A value is nested deeper than " + std::to_string(limits_.depth_max) + ".");
  }
  void leave() {
    out_.end();
    --depth_;
  }
  Result<void> elements_and_end(JsonView array) {
    for (const JsonView element : array) AVOW_TRY_VOID(value(element));
    leave();
    return {};
  }

  Result<void> number(JsonView json) {
    if (json.is_integer()) return integer(json.text());
    out_.number(read_double(json.text()));
    return {};
  }
  Result<void> integer(std::string_view digits) {
    AVOW_TRY(const Bytes bytes, integer_from_decimal(digits, limits_));
    out_.integer_bytes(bytes);
    return {};
  }
  Result<void> check_size(std::size_t bytes) const {
    if (bytes <= limits_.string_bytes_max) return {};
    return over_limit("A string holds more than " + std::to_string(limits_.string_bytes_max) +
                      " bytes.");
  }
  Result<void> string(std::string_view text) {
    AVOW_TRY_VOID(check_size(text.size()));
    out_.string(text);
    return {};
  }
  Result<void> symbol(std::string_view name) {
    AVOW_TRY_VOID(check_size(name.size()));
    out_.symbol(name);
    return {};
  }

  Result<void> object(JsonView json) {
    const std::vector<JsonView::Member> members = json.members();
    const auto reserved = std::find_if(members.begin(), members.end(),
                                       [](const auto& member) { return is_reserved(member.key); });
    if (reserved == members.end()) return dictionary(members);
    if (reserved->key == "$ref" || reserved->key == "$mine") return reference(members);
    if (members.size() != 1) {
      return bad_value("The key " + quoted(reserved->key) +
                       " is reserved: such an object has no other keys.");
    }
    if (reserved->key.starts_with('<')) return record(reserved->key, reserved->value);
    return special(reserved->key, reserved->value);
  }

  Result<void> dictionary(const std::vector<JsonView::Member>& members) {
    AVOW_TRY_VOID(enter());
    out_.begin_dictionary();
    for (const JsonView::Member& member : members) {
      ++nodes_;
      AVOW_TRY_VOID(string(member.key));
      AVOW_TRY_VOID(value(member.value));
    }
    leave();
    return {};
  }

  // {"<label>": [field, …]}
  Result<void> record(std::string_view key, JsonView fields) {
    if (key.size() < 2 || !key.ends_with('>') || !fields.is(JsonKind::array)) {
      return bad_value("A record is written {\"<label>\": [field, …]}, unlike " + quoted(key) +
                       ".");
    }
    AVOW_TRY_VOID(enter());
    out_.begin_record();
    ++nodes_;
    AVOW_TRY_VOID(symbol(key.substr(1, key.size() - 2)));
    return elements_and_end(fields);
  }

  Result<void> special(std::string_view key, JsonView content) {
    if (key == "$symbol" && content.is(JsonKind::string)) return symbol(content.text());
    if (key == "$int" && content.is(JsonKind::string)) return decimal(content.text());
    if (key == "$double") return double_of(content);
    if (key == "$bytes" && content.is(JsonKind::string)) return bytes(content.text());
    if (key == "$set" && content.is(JsonKind::array)) {
      AVOW_TRY_VOID(enter());
      out_.begin_set();
      return elements_and_end(content);
    }
    if (key == "$record" && content.is(JsonKind::array) && content.size() > 0) {
      AVOW_TRY_VOID(enter());
      out_.begin_record();
      return elements_and_end(content);
    }
    if (key == "$dict" && content.is(JsonKind::array)) return entries(content);
    return bad_value("There is no value of this form under " + quoted(key) + ".");
  }

  // {"$dict": [[key, value], …]}
  Result<void> entries(JsonView pairs) {
    AVOW_TRY_VOID(enter());
    out_.begin_dictionary();
    for (const JsonView pair : pairs) {
      if (!pair.is(JsonKind::array) || pair.size() != 2) {
        return bad_value("Under \"$dict\" stands a list of pairs [key, value].");
      }
      for (const JsonView half : pair) AVOW_TRY_VOID(value(half));
    }
    leave();
    return {};
  }

  Result<void> decimal(std::string_view digits) {
    const std::string_view unsigned_digits = digits.substr(digits.starts_with('-') ? 1 : 0);
    const bool all_digits =
        unsigned_digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (unsigned_digits.empty() || !all_digits) {
      return bad_value("Under \"$int\" stands a string of decimal digits.");
    }
    return integer(digits);
  }

  Result<void> double_of(JsonView content) {
    if (content.is(JsonKind::number)) {
      out_.number(read_double(content.text()));
      return {};
    }
    const std::optional<double> number =
        content.is(JsonKind::string) ? special_double(content.text()) : std::nullopt;
    if (!number) {
      return bad_value(
          "Under \"$double\" stands a number, \"nan\", \"inf\", \"-inf\", or the 16 hex digits of "
          "another NaN.");
    }
    out_.number(*number);
    return {};
  }

  Result<void> bytes(std::string_view text) {
    const std::optional<Bytes> content = base64_to_bytes(text);
    if (!content) return bad_value("Under \"$bytes\" stands base64.");
    AVOW_TRY_VOID(check_size(content->size()));
    out_.bytes(*content);
    return {};
  }

  // {"$ref": 4}, {"$mine": 3}, both perhaps with "caveats".
  Result<void> reference(const std::vector<JsonView::Member>& members) {
    std::optional<JsonView::Member> name;
    std::optional<JsonView> caveats;
    for (const JsonView::Member& member : members) {
      if (member.key == "caveats" && !caveats && member.value.is(JsonKind::array)) {
        caveats = member.value;
      } else if (!name && is_reserved(member.key) && member.value.is_integer()) {
        name = member;
      } else {
        return bad_value("A reference is written {\"$ref\": number, \"caveats\": [caveat, …]}.");
      }
    }
    const bool is_clients = name->key == "$mine";
    const bool is_authors = is_clients == (author_ == JsonAuthor::client);
    if (is_authors && caveats) {
      return bad_value("Caveats are added to references of the other side only.");
    }
    return embedded(is_authors ? 0 : 1, name->value, caveats);
  }

  // #:[0 oid] or #:[1 oid caveat …]
  Result<void> embedded(std::int64_t owner, JsonView oid, const std::optional<JsonView>& caveats) {
    out_.begin_embedded();
    ++depth_;
    AVOW_TRY_VOID(enter());
    out_.begin_sequence().integer(owner);
    AVOW_TRY_VOID(value(oid));
    if (caveats) {
      for (const JsonView caveat : *caveats) AVOW_TRY_VOID(value(caveat));
    }
    leave();
    --depth_;
    return {};
  }

  static std::string quoted(std::string_view key) {
    std::string text;
    append_json_string(text, key.substr(0, 64));
    return text;
  }

  Builder& out_;
  JsonAuthor author_;
  const ValueLimits& limits_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<Value> value_from_json(JsonView json, JsonAuthor author, const ValueLimits& limits) {
  Builder builder;
  AVOW_TRY_VOID(Reader(builder, author, limits).value(json));
  return builder.finish();
}

Result<Value> value_from_json_text(std::string_view text, JsonAuthor author,
                                   const ValueLimits& limits) {
  AVOW_TRY(const JsonDocument document, JsonDocument::parse(text));
  return value_from_json(document.root(), author, limits);
}

}  // namespace avow::wire
