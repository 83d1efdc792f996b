#pragma once

#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/json_document.hpp"

// The JSON form of values, exact both ways.
//
//   JSON                                   value
//   "text"  true  [1, 2]  {"a": 1}         string, boolean, sequence, dictionary with string keys
//   null                                   the symbol `null`
//   5   {"$int": "9007199254740993"}       integer (the second form beyond 2^53)
//   21.5   {"$double": 21}                 double (the second form where it is integral)
//   {"$double": "nan"} "inf" "-inf"        …; any other NaN: its 16 hex digits
//   {"$symbol": "ok"}                      symbol
//   {"$bytes": "AP8="}                     byte string, base64
//   {"<temperature>": ["kitchen", 21.5]}   record whose label is a symbol
//   {"$record": [label, field, …]}         any other record
//   {"$set": [1, 2]}                       set
//   {"$dict": [[key, value], …]}           any other dictionary
//   {"$ref": 4, "caveats": […]}            reference to an entity of the server
//   {"$mine": 3}                           reference to an entity of the client
//
// Any object with a key that begins with `$` or `<` is reserved: one that is not in the table is an
// error, never a dictionary. Source: docs/PROTOCOL.md.

namespace avow::wire {

/// Who wrote the JSON, and so the packet that its values stand in: it says which wire reference,
/// [0 n] (the writer's) or [1 n] (the reader's), `$ref` and `$mine` are.
enum class JsonAuthor : std::uint8_t { client, server };

/// Reads a value; its references are in wire form. Errors: `bad-value` (a reserved object that is
/// none of the table, bad digits or base64), `duplicate`, `limit`.
[[nodiscard]] Result<Value> value_from_json(JsonView json, JsonAuthor author,
                                            const ValueLimits& limits = {});
/// As above, from text. Errors: `bad-json` too.
[[nodiscard]] Result<Value> value_from_json_text(std::string_view text, JsonAuthor author,
                                                 const ValueLimits& limits = {});

/// Appends the JSON form. References in memory form are written as `{"$ref": id}`.
void append_json(std::string& to, ValueView value, JsonAuthor author);
[[nodiscard]] std::string to_json(ValueView value, JsonAuthor author);

/// Appends `text` as a JSON string, with its quotes.
void append_json_string(std::string& to, std::string_view text);
/// Appends a number.
void append_json_number(std::string& to, std::uint64_t number);

}  // namespace avow::wire
