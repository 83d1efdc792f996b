#include <gmock/gmock.h>

#include "tests/unit/client/fake_keeper.hpp"

// Leases through callbacks: they are renewed in time, and over lost links, and end when told.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LeaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    driver.start_and_open();
    driver.client->lease(
        Milliseconds(3'000), [this](Result<Lease> granted) { lease = std::move(granted); },
        [this](std::uint64_t revision) { expired = revision; });
    driver.run();
  }
  void grant() {
    driver.tell(answer_frame(driver.last("lease"), "<ok {id: 4}>"));
    request = driver.last("lease");
    driver.world.heard = {};
  }
  // The end answers what is still asked; and a lease must not outlive the world.
  void TearDown() override {
    driver.end();
    lease.reset();
  }

  KeeperDriver driver;
  std::optional<Result<Lease>> lease;
  std::optional<std::uint64_t> expired;
  std::uint64_t request = 0;
};

TEST_F(LeaseTest, ItIsAskedForWithItsTtl) {
  EXPECT_THAT(driver.asked(), ElementsAre("lease {ttl: 3000}"));

  grant();

  ASSERT_TRUE(lease.has_value() && lease->has_value());
  EXPECT_EQ((*lease)->number(), 4u);
}

TEST_F(LeaseTest, ARefusalIsTold) {
  driver.is_refused("limit", "lease");

  ASSERT_TRUE(lease.has_value());
  EXPECT_EQ(lease->error().code, "limit");
}

TEST_F(LeaseTest, FactsAreAttachedToIt) {
  grant();
  (*lease)->put(Present{"ann"});
  driver.run();

  EXPECT_THAT(driver.asked(), ElementsAre(HasSubstr("[<lease-to 4 <present \"ann\">>]")));
}

TEST_F(LeaseTest, ItIsRenewedAtEveryThirdOfItsTtl) {
  grant();

  driver.world.pass(Milliseconds(999));
  EXPECT_THAT(driver.asked(), IsEmpty());
  driver.world.pass(Milliseconds(1));
  EXPECT_THAT(driver.asked(), ElementsAre("commit [<renew 4>] {}"));
  driver.commit_is_done("[#t]");
  driver.world.heard = {};
  driver.world.pass(Milliseconds(1'000));
  EXPECT_THAT(driver.asked(), ElementsAre("commit [<renew 4>] {}"));
}

TEST_F(LeaseTest, AnUnansweredRenewalIsNotAskedForTwice) {
  grant();

  driver.world.pass(Milliseconds(2'000));

  EXPECT_THAT(driver.asked(), SizeIs(1));
}

TEST_F(LeaseTest, ItIsRenewedAtOnceWhenTheLinkIsBack) {
  grant();

  driver.reconnect();

  EXPECT_THAT(driver.asked(), ElementsAre("commit [<renew 4>] {}"));
  driver.commit_is_done("[#t]");
  EXPECT_FALSE(expired.has_value());
}

TEST_F(LeaseTest, ExpiryIsToldOnce) {
  grant();
  driver.tell(answer_frame(request, "<expired 77>"));

  EXPECT_EQ(expired, 77u);
  driver.world.heard = {};
  driver.world.pass(Milliseconds(5'000));
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(LeaseTest, ALeaseThatExpiredWithoutALinkIsFoundOutByItsRenewal) {
  grant();
  driver.reconnect();

  driver.is_refused("unknown-lease");

  EXPECT_EQ(expired, 0u);
}

TEST_F(LeaseTest, ItsEndIsTheLeasesEnd) {
  grant();

  lease.reset();
  driver.run();

  EXPECT_THAT(driver.asked(), ElementsAre("back", "commit [<end 4>] {}"));
  driver.world.pass(Milliseconds(5'000));
  EXPECT_THAT(driver.asked(), SizeIs(2));
}

TEST_F(LeaseTest, AReleasedLeaseIsLeftToItsTtl) {
  grant();

  std::move(**lease).release();
  driver.run();
  driver.world.pass(Milliseconds(5'000));

  EXPECT_THAT(driver.asked(), ElementsAre("back"));
}

}  // namespace
}  // namespace avow::test
