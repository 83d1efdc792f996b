#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/json.hpp"

// Pieces of the events that the JSON subprotocol and `--json` of the command line tell. Each
// appends whole members, without the braces around them and the commas between them.

namespace avow::wire {

/// `"captures":{"1":21.5,"room":"kitchen"}` of a sequence, without its first `skip` elements. Each
/// capture goes by its name, or by its place (from 0) where it has none, in the order of the names.
/// A name used twice stands once.
void append_json_captures(std::string& to, ValueView captures, std::size_t skip,
                          const std::vector<std::string>& names, JsonAuthor author);

/// `"fact":…,"captures":{…}` of what was captured with the option `whole`: the whole value first,
/// then the captures called `names`.
void append_json_match(std::string& to, ValueView whole_and_captures,
                       const std::vector<std::string>& names, JsonAuthor author);

/// `"op":"error","id":7,"code":"limit","message":"…"`.
void append_json_error(std::string& to, const std::optional<std::uint64_t>& id, const Error& error);

}  // namespace avow::wire
