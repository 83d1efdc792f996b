#include "cli/facts.hpp"

#include <algorithm>
#include <iostream>

#include "avow/model/text.hpp"
#include "cli/exit_status.hpp"

namespace avow::cli {
namespace {

// Whether any symbol in `value`, itself included, satisfies `wanted`.
template <class Wanted>
bool any_symbol(ValueView value, const Wanted& wanted) {
  if (const auto name = value.as_symbol()) return wanted(*name);
  if (!value.is_compound()) return false;
  if (value.kind() == Kind::record && any_symbol(value.label(), wanted)) return true;
  for (const ValueView element : value.elements()) {
    if (any_symbol(element, wanted)) return true;
  }
  return false;
}

Error usage(std::string_view text, const Error& why) {
  return {"usage", "'" + std::string(text) + "': " + why.detail};
}

}  // namespace

Result<Value> read_fact(std::string_view text, Bare bare, std::string_view verb) {
  Result<Value> parsed = parse_text(text);
  if (!parsed.has_value()) return usage(text, parsed.error());
  if (bare == Bare::refused && parsed->view().is_atom()) {
    const std::string label = parsed->view().as_symbol() ? to_text(*parsed) : "foo";
    return Error{"usage", "'" + std::string(text) + "' is an atom, and a fact is a record: avow " +
                              std::string(verb) + " '<" + label +
                              " \"bar\">' (--bare takes it as it is)"};
  }
  return parsed;
}

Result<NamedPattern> read_pattern(std::string_view text) {
  Result<NamedPattern> parsed = parse_pattern_text(text);
  if (!parsed.has_value()) return usage(text, parsed.error());
  return parsed;
}

std::vector<std::string> doubts_about(ValueView fact) {
  std::vector<std::string> doubts;
  for (const auto& [name, boolean] : {std::pair{"true", "#t"}, std::pair{"false", "#f"}}) {
    // Named anew: clang 14 lets no lambda capture a structured binding by itself.
    if (any_symbol(fact, [word = name](std::string_view symbol) { return symbol == word; })) {
      doubts.push_back(std::string(name) + " is a symbol: the boolean is " + boolean);
    }
  }
  if (any_symbol(
          fact, [](std::string_view symbol) { return symbol == "_" || symbol.starts_with('$'); })) {
    doubts.emplace_back("$name and _ are plain symbols here: only patterns capture and match");
  }
  return doubts;
}

std::optional<std::string> doubt_about(std::string_view text, const NamedPattern& pattern) {
  if (pattern.pattern.root().kind != PatternNode::Kind::literal) return std::nullopt;
  return "this matches " + std::string(text) + " alone; facts are mostly records, like '<" +
         std::string(text) + " _>'";
}

std::optional<Value> accept_fact(std::string_view text, Bare bare, std::string_view verb) {
  Result<Value> fact = read_fact(text, bare, verb);
  if (!fact.has_value()) {
    complain(fact.error().detail);
    return std::nullopt;
  }
  for (const std::string& doubt : doubts_about(*fact)) complain(doubt);
  return *std::move(fact);
}

std::optional<NamedPattern> accept_pattern(std::string_view text) {
  Result<NamedPattern> pattern = read_pattern(text);
  if (!pattern.has_value()) {
    complain(pattern.error().detail);
    return std::nullopt;
  }
  if (const auto doubt = doubt_about(text, *pattern)) complain(*doubt);
  return *std::move(pattern);
}

std::optional<std::vector<Value>> accept_facts(const std::vector<std::string>& texts, Bare bare,
                                               std::string_view verb) {
  std::vector<Value> facts;
  const auto take = [&](const std::string& text) {
    std::optional<Value> fact = accept_fact(text, bare, verb);
    if (!fact) return false;
    facts.push_back(*std::move(fact));
    return true;
  };
  for (const std::string& text : texts) {
    if (text != "-") {
      if (!take(text)) return std::nullopt;
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      if (line.find_first_not_of(" \t\r") != std::string::npos && !take(line)) return std::nullopt;
    }
  }
  return facts;
}

std::string understanding(std::string_view text, const NamedPattern& pattern) {
  const std::string described = describe(pattern);
  if (described.starts_with(text)) return "watching " + described;
  return "watching " + std::string(text) + ", that is " + described;
}

bool matches_everything(const NamedPattern& pattern) {
  return beneath_binds(pattern.pattern.root()).kind == PatternNode::Kind::discard;
}

bool is_housekeeping(ValueView fact) {
  if (fact.kind() != Kind::record) return false;
  const auto label = fact.label().as_symbol();
  return label && (*label == "Observe" || label->starts_with("avow-"));
}

}  // namespace avow::cli
