#include <cstdint>
#include <gtest/gtest.h>

#include "avow/client/backoff.hpp"
#include "avow/client/url.hpp"
#include "avow/client/view.hpp"
#include "avow/model/builder.hpp"

namespace avow {
namespace {

TEST(Backoff, WaitsUpToALimitThatDoublesFromHalfASecondToThirty) {
  Backoff backoff;
  // The largest number below a multiple of every limit + 1 is not to be had; ask for each limit.
  for (const int limit : {500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    Backoff same = backoff;
    EXPECT_EQ(same.next(static_cast<std::uint64_t>(limit)), Milliseconds(limit));
    EXPECT_EQ(backoff.next(static_cast<std::uint64_t>(limit) + 1), Milliseconds(0));
  }
}

TEST(Backoff, BeginsAnewOnceTheLinkStood) {
  Backoff backoff;
  (void)backoff.next(0);
  (void)backoff.next(0);

  backoff.reset();

  EXPECT_EQ(backoff.next(501), Milliseconds(0));
}

TEST(Url, NamesHostPortAndPath) {
  const Url plain = Url::parse("ws://example").value();
  EXPECT_EQ(plain.host, "example");
  EXPECT_EQ(plain.port, "7370");
  EXPECT_EQ(plain.path, "/");
  const Url whole = Url::parse("ws://example:80/a/b").value();
  EXPECT_EQ(whole.port, "80");
  EXPECT_EQ(whole.path, "/a/b");
  const Url six = Url::parse("ws://[::1]:7370").value();
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.authority(), "[::1]:7370");
}

TEST(Url, WhatIsNoneIsRefused) {
  for (const char* text : {"", "http://x", "wss://x", "ws://", "ws://:80",
                           "ws://x:", "ws://x:99999", "ws://x:a", "ws://[::1", "ws://[::1]80"}) {
    EXPECT_FALSE(Url::parse(text).has_value()) << text;
  }
}

TEST(View, EqualCapturesOfTwoHandlesAppearOnceAndGoWithTheLast) {
  View view([](ValueView) { return std::optional<Value>(sequence(1)); });

  EXPECT_TRUE(view.add(1, sequence(1)).has_value());
  EXPECT_FALSE(view.add(2, sequence(1.0)).has_value());
  EXPECT_FALSE(view.remove(1).has_value());
  EXPECT_TRUE(view.remove(2).has_value());
  EXPECT_EQ(view.size(), 0u);
}

TEST(View, WhatIsNotWantedNeitherComesNorGoes) {
  View view([](ValueView) { return std::optional<Value>(); });

  EXPECT_FALSE(view.add(1, sequence(1)).has_value());
  EXPECT_FALSE(view.remove(1).has_value());
}

TEST(View, AnUnknownHandleIsNoChange) {
  View view;

  EXPECT_FALSE(view.remove(1).has_value());
  EXPECT_TRUE(view.end_snapshot().empty());
}

}  // namespace
}  // namespace avow
