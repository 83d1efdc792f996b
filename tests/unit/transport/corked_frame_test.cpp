#include "server/transport/corked_frame.hpp"

#include <gtest/gtest.h>
#include <string>

namespace avow::server {
namespace {

OutgoingFrame frame_of(const std::vector<std::string>& blocks) {
  OutgoingFrame frame;
  for (const std::string& block : blocks) {
    frame.blocks.push_back(std::make_shared<const Bytes>(block.begin(), block.end()));
    frame.size += block.size();
  }
  return frame;
}

std::string text_of_rest(const CorkedFrame& corked) {
  std::string text;
  for (const auto& piece : corked.rest()) {
    text.append(static_cast<const char*>(piece.data()), piece.size());
  }
  return text;
}

const std::string large(10'000, 'L');

TEST(CorkedFrame, CopiesSmallBlocksTogether) {
  const OutgoingFrame frame = frame_of(std::vector<std::string>(1'000, "small"));
  CorkedFrame corked;

  corked.load(frame);

  EXPECT_EQ(corked.rest().size(), 1U);
  EXPECT_EQ(text_of_rest(corked).size(), 5'000U);
}

TEST(CorkedFrame, LeavesLargeBlocksWhereTheyAreAndKeepsTheOrder) {
  const OutgoingFrame frame = frame_of({"a", "b", large, large, "c", large});
  CorkedFrame corked;

  corked.load(frame);

  EXPECT_EQ(corked.rest().size(), 5U);
  EXPECT_EQ(corked.rest()[1].data(), frame.blocks[2]->data());
  EXPECT_EQ(text_of_rest(corked), "ab" + large + large + "c" + large);
}

TEST(CorkedFrame, GoesOnWhereAWriteHasStopped) {
  const OutgoingFrame frame = frame_of({"ab", large, "cd"});
  const std::string whole = "ab" + large + "cd";
  CorkedFrame corked;
  corked.load(frame);

  for (std::size_t written = 0; written < whole.size(); written += 3) {
    ASSERT_EQ(text_of_rest(corked), whole.substr(written));
    corked.consume(3);
  }

  EXPECT_TRUE(corked.rest().empty());
}

TEST(CorkedFrame, LetsGoOfEachLargeBlockAsSoonAsItIsOut) {
  OutgoingFrame frame = frame_of({"ab", large, large});
  const std::weak_ptr<const Bytes> first = frame.blocks[1];
  const std::weak_ptr<const Bytes> second = frame.blocks[2];
  CorkedFrame corked;
  corked.load(std::move(frame));

  corked.consume(2 + large.size() - 1);
  EXPECT_FALSE(first.expired());
  corked.consume(2);

  EXPECT_TRUE(first.expired());
  EXPECT_FALSE(second.expired());
  EXPECT_EQ(text_of_rest(corked), large.substr(1));
  corked.clear();
  EXPECT_TRUE(second.expired());
}

TEST(CorkedFrame, HoldsNothingOfAnEarlierFrame) {
  CorkedFrame corked;
  corked.load(frame_of({"earlier", "frame"}));
  corked.consume(3);

  const OutgoingFrame next = frame_of({"", "next", ""});
  corked.load(next);

  EXPECT_EQ(text_of_rest(corked), "next");
}

}  // namespace
}  // namespace avow::server
