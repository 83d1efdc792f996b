#pragma once

// The C++ SDK of Avow, as far as it needs nothing but the standard library: values, patterns, and a
// `Client` that is used through callbacks. How to get one:
//
//   <avow/asio.hpp>      co_await avow::connect(…), on your own io_context
//   <avow/blocking.hpp>  avow::blocking::Client, with a thread of its own
//
// Both include <avow/facts.hpp>, which makes facts of plain structs.

#include "avow/client/change.hpp"
#include "avow/client/client.hpp"
#include "avow/client/commit.hpp"
#include "avow/client/fact.hpp"
#include "avow/client/failure.hpp"
#include "avow/client/holding.hpp"
#include "avow/client/options.hpp"
#include "avow/client/query.hpp"
#include "avow/client/space.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "avow/model/value.hpp"
