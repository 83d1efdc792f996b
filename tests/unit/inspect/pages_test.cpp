#include "server/inspect/pages.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/unit/inspect/some_engine.hpp"

namespace avow::server {
namespace {

std::string field(const HttpResponse& response, std::string_view name) {
  const auto found =
      std::ranges::find_if(response.fields, [&](const auto& field) { return field.first == name; });
  return found == response.fields.end() ? "" : found->second;
}

class PagesTest : public testing::Test {
 protected:
  PagesTest() { pages.watch(transport); }

  HttpResponse get(std::string_view path, std::string_view if_none_match = {}) {
    return pages.answer({path, if_none_match});
  }

  Engine engine{some_engine()};
  Pages pages{engine};
  Transport transport{{}, {}, {}};
};

TEST_F(PagesTest, TheRootIsThePage) {
  const HttpResponse page = get("/");

  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(page.body.starts_with("<!doctype html>"));
}

TEST_F(PagesTest, EverythingThatThePageNamesIsThere) {
  for (const char* path : {"/avow.js", "/style.css", "/icon.svg"}) {
    EXPECT_NE(get("/").body.find("\"" + std::string(path) + "\""), std::string::npos) << path;
    EXPECT_EQ(get(path).status, 200U) << path;
    EXPECT_FALSE(get(path).body.empty()) << path;
  }
}

TEST_F(PagesTest, NothingFromElsewhereRunsOnThePage) {
  EXPECT_TRUE(field(get("/"), "Content-Security-Policy").starts_with("default-src 'self'; "));
}

TEST_F(PagesTest, AFileThatTheBrowserHasIsNotSentAgain) {
  const std::string tag = field(get("/avow.js"), "ETag");
  ASSERT_FALSE(tag.empty());

  const HttpResponse again = get("/avow.js", "\"other\", W/" + tag);

  EXPECT_EQ(again.status, 304U);
  EXPECT_TRUE(again.body.empty());
  EXPECT_EQ(field(again, "ETag"), tag);
}

TEST_F(PagesTest, AFileThatHasChangedIsSentAnew) {
  EXPECT_NE(field(get("/avow.js"), "ETag"), field(get("/style.css"), "ETag"));
  EXPECT_EQ(get("/avow.js", field(get("/style.css"), "ETag")).status, 200U);
}

TEST_F(PagesTest, HealthNamesEachCheckByItsGoodState) {
  EXPECT_EQ(get("/livez").body, "ok event-loop-answers\n");
  EXPECT_EQ(get("/readyz").status, 200U);
  EXPECT_NE(get("/readyz").body.find("ok accepts-connections\n"), std::string::npos);
}

TEST_F(PagesTest, AServerThatIsShuttingDownIsNotReadyButLives) {
  transport.shut_down();
  transport.run();

  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_NE(get("/readyz").body.find("failed accepts-connections\n"), std::string::npos);
  EXPECT_EQ(get("/livez").status, 200U);
}

TEST_F(PagesTest, AServerThatRecoversIsNotReadyAndTellsHowFarItIs) {
  RecoveryProgress progress;
  progress.rows = 7;
  progress.of = 10;

  pages.recovering(progress);
  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_NE(get("/readyz").body.find("failed state-is-recovered\n"), std::string::npos);
  EXPECT_NE(get("/readyz").body.find("recovering: 7 of 10 rows\n"), std::string::npos);
  EXPECT_EQ(get("/metrics").status, 503U);
  EXPECT_EQ(get("/livez").status, 200U);

  pages.recovered();
  EXPECT_EQ(get("/readyz").status, 200U);
}

TEST_F(PagesTest, MetricsAreTextForPrometheus) {
  EXPECT_EQ(get("/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(get("/metrics").body.find("\navow_connections{"), std::string::npos);
}

TEST_F(PagesTest, ElsewhereIsNothingAndTheAnswerSaysWhereToLook) {
  for (const char* path : {"/nothing", "/index.html", "//", "/avow.js/", "/metrics/"}) {
    const HttpResponse response = get(path);
    EXPECT_EQ(response.status, 404U) << path;
    EXPECT_NE(response.body.find("/metrics"), std::string::npos);
  }
}

}  // namespace
}  // namespace avow::server
