#include "server/transport/request_check.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

const ReachedAddress loopback{"127.0.0.1", true};
const ReachedAddress public_address{"192.0.2.7", false};

RequestHead page_head() {
  RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.host = "127.0.0.1:7370";
  return head;
}

RequestHead upgrade_head() {
  RequestHead head = page_head();
  head.upgrade = "websocket";
  head.connection = "keep-alive, Upgrade";
  head.websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
  head.websocket_version = "13";
  return head;
}

bool upgrades(const RequestHead& head, const RequestPolicy& policy = {},
              const ReachedAddress& reached = loopback) {
  return std::holds_alternative<Upgrade>(judge(head, policy, reached));
}

RefusedRequest refused(const RequestHead& head, const RequestPolicy& policy = {},
                       const ReachedAddress& reached = loopback) {
  Verdict verdict = judge(head, policy, reached);
  if (auto* refusal = std::get_if<RefusedRequest>(&verdict)) return std::move(*refusal);
  ADD_FAILURE() << "the request was not refused";
  return {};
}

bool mentions(const RefusedRequest& refusal, std::string_view words) {
  return refusal.response.body.find(words) != std::string::npos;
}

TEST(RequestCheck, AWholeUpgradeBecomesAConversation) { EXPECT_TRUE(upgrades(upgrade_head())); }

TEST(RequestCheck, WithoutAnUpgradeItIsForAPage) {
  RequestHead head = page_head();
  head.target = "/metrics?all=1";
  head.if_none_match = "\"abc\"";

  const Verdict verdict = judge(head, {}, loopback);

  const auto* page = std::get_if<PageRequest>(&verdict);
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->request.path, "/metrics");
  EXPECT_EQ(page->request.if_none_match, "\"abc\"");
}

TEST(RequestCheck, NamesOfThisMachineAreItsOwnOnLoopback) {
  for (const char* host :
       {"127.0.0.1:7370", "localhost", "LOCALHOST:7370", "[::1]:7370", "[::1]"}) {
    RequestHead head = upgrade_head();
    head.host = host;
    EXPECT_TRUE(upgrades(head)) << host;
  }
}

TEST(RequestCheck, AnyOtherHostIsRefusedByNamingTheFlag) {
  for (const char* host : {"evil.example", "evil.example:7370", "localhost.evil.example",
                           "127.0.0.1.evil.example", "10.0.0.1", "[::2]:7370", "[::1", ":7370"}) {
    RequestHead head = upgrade_head();
    head.host = host;
    const RefusedRequest refusal = refused(head);
    EXPECT_EQ(refusal.reason, Refusal::foreign_host) << host;
    EXPECT_TRUE(mentions(refusal, "--host-name")) << host;
  }
}

TEST(RequestCheck, APageIsNotShownToAForeignHostEither) {
  RequestHead head = page_head();
  head.host = "evil.example";

  EXPECT_EQ(refused(head).reason, Refusal::foreign_host);
}

TEST(RequestCheck, WhereOthersReachTheServerItsAddressIsItsName) {
  RequestHead head = upgrade_head();
  head.host = "192.0.2.7:7370";
  EXPECT_TRUE(upgrades(head, {}, public_address));

  head.host = "localhost:7370";
  EXPECT_EQ(refused(head, {}, public_address).reason, Refusal::foreign_host);
}

TEST(RequestCheck, ANamedHostIsLetIn) {
  RequestHead head = upgrade_head();
  head.host = "facts.example:7370";

  EXPECT_TRUE(upgrades(head, {{"facts.example"}, {}}));
}

TEST(RequestCheck, ARequestWithoutAHostIsRefused) {
  RequestHead head = upgrade_head();
  head.host.reset();

  EXPECT_EQ(refused(head).response.status, 400U);
}

TEST(RequestCheck, TheServersOwnPageIsLetIn) {
  RequestHead head = upgrade_head();
  head.origin = "http://127.0.0.1:7370";

  EXPECT_TRUE(upgrades(head));
}

TEST(RequestCheck, AnyOtherOriginIsRefusedByNamingTheFlag) {
  for (const char* origin : {"http://evil.example", "null", "http://localhost:5173", "file://",
                             "https://127.0.0.1:7370", "http://127.0.0.1:73700", ""}) {
    RequestHead head = upgrade_head();
    head.origin = origin;
    const RefusedRequest refusal = refused(head);
    EXPECT_EQ(refusal.reason, Refusal::foreign_origin) << origin;
    EXPECT_EQ(refusal.response.status, 403U);
    EXPECT_TRUE(mentions(refusal, "--origin")) << origin;
  }
}

TEST(RequestCheck, ANamedOriginIsLetInAndNoneThatLooksLikeIt) {
  const RequestPolicy policy{{}, {"http://localhost:5173"}};
  RequestHead head = upgrade_head();

  head.origin = "http://localhost:5173";
  EXPECT_TRUE(upgrades(head, policy));
  head.origin = "http://localhost:51730";
  EXPECT_EQ(refused(head, policy).reason, Refusal::foreign_origin);
}

TEST(RequestCheck, NoSubprotocolIsSyndicate) {
  const Verdict verdict = judge(upgrade_head(), {}, loopback);

  const auto* upgrade = std::get_if<Upgrade>(&verdict);
  ASSERT_NE(upgrade, nullptr);
  EXPECT_EQ(upgrade->protocol, Protocol::syndicate_websocket);
  EXPECT_EQ(upgrade->subprotocol, "");
}

TEST(RequestCheck, TheFirstKnownSubprotocolIsTaken) {
  RequestHead head = upgrade_head();
  head.subprotocols = "chat,  avow.json.v1 , syndicate";

  const Verdict verdict = judge(head, {}, loopback);

  const auto* upgrade = std::get_if<Upgrade>(&verdict);
  ASSERT_NE(upgrade, nullptr);
  EXPECT_EQ(upgrade->protocol, Protocol::json);
  EXPECT_EQ(upgrade->subprotocol, "avow.json.v1");
}

TEST(RequestCheck, OnlyUnknownSubprotocolsAreRefusedByNamingTheKnown) {
  RequestHead head = upgrade_head();
  head.subprotocols = "chat, AVOW.JSON.V1";

  const RefusedRequest refusal = refused(head);

  EXPECT_EQ(refusal.reason, Refusal::unknown_subprotocol);
  EXPECT_EQ(refusal.response.status, 400U);
  for (const char* name : {"syndicate", "avow.capnp.v1", "avow.json.v1"}) {
    EXPECT_TRUE(mentions(refusal, name)) << name;
  }
}

TEST(RequestCheck, AnUpgradeThatIsNotWholeIsRefused) {
  RequestHead without_connection = upgrade_head();
  without_connection.connection = "close";
  EXPECT_EQ(refused(without_connection).response.status, 400U);

  RequestHead without_key = upgrade_head();
  without_key.websocket_key.reset();
  EXPECT_EQ(refused(without_key).response.status, 400U);

  RequestHead by_head = upgrade_head();
  by_head.method = "HEAD";
  EXPECT_EQ(refused(by_head).response.status, 400U);
}

TEST(RequestCheck, AnotherVersionOfWebSocketIsToldWhichIsSpoken) {
  RequestHead head = upgrade_head();
  head.websocket_version = "8";

  const RefusedRequest refusal = refused(head);

  EXPECT_EQ(refusal.response.status, 426U);
  EXPECT_EQ(refusal.response.fields.at(0).second, "13");
}

TEST(RequestCheck, WebSocketsAreServedAtTheRootAndAtWs) {
  RequestHead head = upgrade_head();
  head.target = "/ws?from=here";
  EXPECT_TRUE(upgrades(head));

  head.target = "/elsewhere";
  EXPECT_EQ(refused(head).response.status, 404U);
}

TEST(RequestCheck, ABodyIsRefused) {
  RequestHead head = page_head();
  head.has_body = true;

  EXPECT_EQ(refused(head).response.status, 400U);
}

TEST(RequestCheck, OnlyGetAndHeadAreAnswered) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    RequestHead head = page_head();
    head.method = method;
    EXPECT_EQ(refused(head).response.status, 405U) << method;
  }
}

}  // namespace
}  // namespace avow::server
