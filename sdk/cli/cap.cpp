#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "avow/capability/attenuation.hpp"
#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

// `avow cap`: references are made, narrowed and told about without asking a server.

namespace avow::cli {
namespace {

Error usage(std::string sentence) { return {"usage", std::move(sentence)}; }

Value oid_of_space(const std::string& space) {
  if (space.empty() || space == "main") return Value::string("syndicate");
  return record("space", Value::string(space));
}

std::string space_of_oid(ValueView oid) {
  if (oid.as_string() == "syndicate") return "main";
  if (oid.is_record("space") && oid.element_count() == 1) {
    if (const auto name = oid.element(0)->as_string()) return std::string(*name);
  }
  return "none that avowd has";
}

std::optional<int> digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return std::nullopt;
}

// A key as the server reads it: hexadecimal digits, and white space at the end.
Result<Bytes> read_key(const std::string& path) {
  if (path.empty()) return Bytes();
  std::ifstream file(path);
  if (!file) return usage("cannot read the key file " + path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  Bytes key;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto high = digit(text[at]);
    const auto low = at + 1 < text.size() ? digit(text[at + 1]) : std::nullopt;
    if (!high || !low) return usage(path + " holds no key: an even number of hexadecimal digits");
    key.push_back(static_cast<std::uint8_t>(*high * 16 + *low));
  }
  return key;
}

Result<SturdyReference> read_reference(const std::string& text) {
  Result<Value> value = parse_text(text);
  Result<SturdyReference> parsed =
      value.has_value() ? SturdyReference::parse(*value) : Result<SturdyReference>(value.error());
  if (!parsed.has_value()) {
    return usage("'" + text +
                 "' is no reference, like <ref {oid: … sig: …}>: " + parsed.error().detail);
  }
  return parsed;
}

// A caveat that is understood: others are legal, and stop everything, which nobody means.
Result<Value> read_caveat(const std::string& text) {
  Result<Value> caveat = parse_text(text);
  if (!caveat.has_value()) return usage("'" + text + "': " + caveat.error().detail);
  const Result<Attenuation> parsed = Attenuation::parse({*caveat});
  if (!parsed.has_value()) return usage("'" + text + "': " + parsed.error().detail);
  if (parsed->unknown_count() > 0) {
    return usage("'" + text + "' is no caveat: <rewrite …>, <or …> and <reject …> are");
  }
  return caveat;
}

int answer(const Result<std::string>& text) {
  if (!text.has_value()) {
    complain(text.error().detail);
    return status_of(text.error());
  }
  return Output().line(*text) ? status_done : status_refused;
}

Result<std::string> mint(const MintOptions& options) {
  AVOW_TRY(const Bytes key, read_key(options.key_file));
  return to_text(SturdyReference::mint(key, oid_of_space(options.space)).to_value());
}

Result<std::string> attenuate(const AttenuateOptions& options) {
  AVOW_TRY(SturdyReference reference, read_reference(options.reference));
  for (const std::string& text : options.caveats) {
    AVOW_TRY(const Value caveat, read_caveat(text));
    reference = reference.attenuate(caveat);
  }
  return to_text(reference.to_value());
}

Result<std::string> show(const ShowOptions& options) {
  AVOW_TRY(const SturdyReference reference, read_reference(options.reference));
  std::string text = "space      " + space_of_oid(reference.oid) + "\n";
  text += "oid        " + to_text(reference.oid) + "\n";
  text += reference.verify(ByteView())
              ? "signed by  the empty key, which development servers accept"
              : "signed by  a key that only its server knows";
  for (std::size_t at = 0; at < reference.caveats.size(); ++at) {
    const Value& caveat = reference.caveats[at];
    text += "\ncaveat " + std::to_string(at + 1) + "   " + to_text(caveat);
    const Result<Attenuation> parsed = Attenuation::parse({caveat});
    if (!parsed.has_value()) {
      text += "  (a server refuses the reference: " + parsed.error().detail + ")";
    } else if (parsed->unknown_count() > 0) {
      text += "  (not understood: it stops everything)";
    }
  }
  if (reference.caveats.empty()) text += "\ncaveats    none: everything in the space";
  return text;
}

}  // namespace

int run(MintOptions options) { return answer(mint(options)); }
int run(AttenuateOptions options) { return answer(attenuate(options)); }
int run(ShowOptions options) { return answer(show(options)); }

}  // namespace avow::cli
