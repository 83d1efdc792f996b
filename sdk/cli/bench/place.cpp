#include "cli/bench/place.hpp"

#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"

namespace avow::cli::bench {
namespace {

bool is_loopback_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(v4.sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
  }
  return address.sa_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

bool is_loopback(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (!is_loopback_address(*each->ai_addr)) return false;
  }
  return true;
}

Result<Place> place_of(const BenchOptions& options) {
  const Target& target = options.target;
  AVOW_TRY(Url url, Url::parse(target.url));
  if (!options.may_load_others && !is_loopback(url.host)) {
    return Error{"usage", url.host +
                              " is not this machine alone, and a benchmark takes all that a server "
                              "has; --yes-load-that-server insists"};
  }
  if (target.reference.empty()) {
    const SturdyReference reference =
        target.space.empty() ? development_reference()
                             : SturdyReference::mint({}, record("space", target.space));
    return Place{std::move(url), reference.to_value()};
  }
  Result<Value> value = parse_text(target.reference);
  if (!value.has_value() || !SturdyReference::parse(*value).has_value()) {
    return Error{"bad-options", "--cap is no sturdy reference, <ref {oid: … sig: …}>"};
  }
  return Place{std::move(url), *std::move(value)};
}

}  // namespace avow::cli::bench
