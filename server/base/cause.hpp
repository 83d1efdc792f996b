#pragma once

#include "avow/base/cause.hpp"

namespace avow::server {

using avow::Cause;
using avow::name_of;

}  // namespace avow::server
