#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/value.hpp"

// Values and patterns as they are typed, and what a person who typed them should be told.

namespace avow::cli {

/// Whether a fact must be a record.
enum class Bare : unsigned char { refused, taken };

/// Reads one fact or message for `avow <verb>`. Errors: `usage`, with a hint where the text is an
/// atom alone, since hardly anybody means that.
[[nodiscard]] Result<Value> read_fact(std::string_view text, Bare bare, std::string_view verb);

/// Reads a pattern. Errors: `usage`.
[[nodiscard]] Result<NamedPattern> read_pattern(std::string_view text);

/// What may not be meant as it stands: `true` and `false`, which are symbols in this syntax, and
/// `$name` or `_` outside of a pattern. One sentence each.
[[nodiscard]] std::vector<std::string> doubts_about(ValueView fact);

/// What may not be meant in a pattern: an atom alone.
[[nodiscard]] std::optional<std::string> doubt_about(std::string_view text,
                                                     const NamedPattern& pattern);

/// Reads a fact, or a pattern, and says on stderr what is wrong with it or doubtful. Nothing if it
/// is no fact, or no pattern: then the usage is wrong.
[[nodiscard]] std::optional<Value> accept_fact(std::string_view text, Bare bare,
                                               std::string_view verb);
[[nodiscard]] std::optional<NamedPattern> accept_pattern(std::string_view text);
/// All facts of a command line; `-` stands for the lines of stdin, which are read to their end.
[[nodiscard]] std::optional<std::vector<Value>> accept_facts(const std::vector<std::string>& texts,
                                                             Bare bare, std::string_view verb);

/// How a pattern was understood, in one line for stderr.
[[nodiscard]] std::string understanding(std::string_view text, const NamedPattern& pattern);

/// Whether the pattern is `_` or `$x` at its top: then interests and facts about the server would
/// drown everything else.
[[nodiscard]] bool matches_everything(const NamedPattern& pattern);
/// Whether a fact is an interest or says something about the server.
[[nodiscard]] bool is_housekeeping(ValueView fact);

}  // namespace avow::cli
