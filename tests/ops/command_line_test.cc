#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "ops/jari/commands.h"
#include "ops/jari/settings.h"

namespace jari::ops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A program with one command and a command below another, as ours has.
class CommandLine : public ::testing::Test {
 protected:
  void SetUp() override {
    CLI::App* serve = app.add_subcommand("serve", "Runs");
    add_setting(*serve, "node", node, "Its name");
    add_setting(*serve, "person-rate", person_rate, "Requests");
    app.add_subcommand("queue", "Queues")->require_subcommand(1)->add_subcommand("open", "Opens");
    app.require_subcommand(1);
    add_config(app);
    forget();
  }
  void TearDown() override {
    forget();
    std::filesystem::remove(file);
  }
  static void forget() {
    for (const char* name : {"JARI_NODE", "JARI_PERSON_RATE", "JARI_CONFIG"}) ::unsetenv(name);
  }

  void given_file(const std::string& text) const { std::ofstream(file) << text; }

  void parse(std::vector<std::string> words) {
    words.insert(words.begin(), "jari");
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    take_config(app, static_cast<int>(argv.size()), argv.data());
    app.parse(static_cast<int>(argv.size()), argv.data());
  }

  /// What is said of words that are refused.
  std::string refusal(const std::vector<std::string>& words) {
    try {
      parse(words);
    } catch (const CLI::ParseError& wrong) {
      const std::string unknown = unknown_command(app);
      return unknown.empty() ? wrong.what() : unknown;
    }
    return "taken";
  }

  CLI::App app{"A program", "jari"};
  std::string node = "default";
  std::uint32_t person_rate = 100;
  const std::string file = (std::filesystem::temp_directory_path() /
                            ("jari-command-line-" + std::to_string(::getpid()) + ".toml"))
                               .string();
};

TEST_F(CommandLine, AConfigMayStandBeforeAndAfterTheCommand) {
  given_file("node = \"from-the-file\"\nperson-rate = 7\n");
  const std::vector<std::vector<std::string>> ways{{"--config", file, "serve"},
                                                   {"--config=" + file, "serve"},
                                                   {"serve", "--config", file},
                                                   {"serve", "--config=" + file}};
  for (const auto& words : ways) {
    forget();
    node = "default";
    EXPECT_EQ(refusal(words), "taken");
    EXPECT_EQ(node, "from-the-file");
    EXPECT_EQ(person_rate, 7U);
  }
  EXPECT_EQ(refusal({"queue", "open", "--config", file}), "taken");
  EXPECT_EQ(refusal({"queue", "--config", file, "open"}), "taken");
}

TEST_F(CommandLine, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  given_file("node = \"from-the-file\"\nperson_rate = 7\n");
  ::setenv("JARI_NODE", "from-the-environment", 1);
  EXPECT_EQ(refusal({"serve", "--config", file}), "taken");
  EXPECT_EQ(node, "from-the-environment");
  EXPECT_EQ(person_rate, 7U);
  EXPECT_EQ(refusal({"serve", "--config", file, "--node", "from-the-flag"}), "taken");
  EXPECT_EQ(node, "from-the-flag");
}

TEST_F(CommandLine, AnEmptyVariableIsNone) {
  given_file("node = \"from-the-file\"\n");
  ::setenv("JARI_NODE", "", 1);
  EXPECT_EQ(refusal({"serve", "--config", file}), "taken");
  EXPECT_EQ(node, "from-the-file");
}

TEST_F(CommandLine, AKeyThatNoSettingHasIsNamedWithItsLine) {
  given_file("node = \"a\"\n\nnoode = \"b\"\n");
  EXPECT_THAT(refusal({"serve", "--config", file}),
              StartsWith(file + ":3: noode: no such setting"));
}

TEST_F(CommandLine, ATableAndAValueOfAnotherKindAreNamedWithTheirLine) {
  given_file("node = \"a\"\n[serve]\nnode = \"b\"\n");
  EXPECT_THAT(refusal({"serve", "--config", file}), StartsWith(file + ":2: serve: a table"));
  given_file("node.name = \"b\"\n");
  EXPECT_THAT(refusal({"serve", "--config", file}), StartsWith(file + ":1: node: a table"));
  given_file("\nperson_rate = 1.5\n");
  EXPECT_THAT(refusal({"serve", "--config", file}),
              StartsWith(file + ":2: person_rate: must be a text, a whole number"));
  given_file("person_rate = 1\nperson-rate = 2\n");
  EXPECT_THAT(refusal({"serve", "--config", file}), EndsWith("stands there twice"));
  given_file("node = \n");
  EXPECT_THAT(refusal({"serve", "--config", file}), StartsWith(file + ":1: "));
}

TEST_F(CommandLine, AConfigThatIsNotThereIsSaid) {
  EXPECT_THAT(refusal({"serve", "--config", "/no/such/file"}),
              HasSubstr("cannot read /no/such/file: No such file"));
  EXPECT_THAT(refusal({"serve", "--config", "/tmp"}),
              HasSubstr("cannot read /tmp: Is a directory"));
  EXPECT_THAT(refusal({"--config", file, "serve", "--config", file}), HasSubstr("given twice"));
}

TEST_F(CommandLine, EveryCommandShowsTheConfigInItsHelp) {
  for (const CLI::App* command : app.get_subcommands({})) {
    EXPECT_THAT(command->help(), HasSubstr("--config"));
  }
  EXPECT_THAT(app.help(), HasSubstr("--config"));
}

TEST_F(CommandLine, AWordThatIsNoCommandIsNamed) {
  EXPECT_EQ(refusal({"frobnicate"}), "jari frobnicate: no such command; jari --help lists them");
  EXPECT_EQ(refusal({"queue", "opne", "q"}),
            "jari queue opne: no such command; jari queue --help lists them");
  EXPECT_EQ(refusal({}), "A subcommand is required");
}

TEST_F(CommandLine, ANumberBelowZeroIsNotTheGreatestThereIs) {
  std::uint64_t bytes = 0;
  add_setting(*app.get_subcommand("serve"), "bytes", bytes, "A count");
  EXPECT_THAT(refusal({"serve", "--bytes", "-1"}), HasSubstr("must be 0 or more"));
  EXPECT_EQ(refusal({"serve", "--bytes", "0"}), "taken");
}

TEST(Arguments, SayWhatTheyMustBe) {
  EXPECT_EQ(check_id("alice"), "");
  EXPECT_THAT(check_id("a b"), StartsWith("must be 1 to 64 of"));
  EXPECT_THAT(check_id(""), StartsWith("must be 1 to 64 of"));
  EXPECT_EQ(check_name("Anna Berg"), "");
  EXPECT_THAT(check_name(std::string(257, 'x')), HasSubstr("256"));
  EXPECT_EQ(check_reason("the fridge failed"), "");
  EXPECT_THAT(check_reason(""), HasSubstr("1 to 200"));
  EXPECT_THAT(check_reason(std::string(201, 'x')), HasSubstr("1 to 200"));
  EXPECT_THAT(check_reason("\xff"), HasSubstr("1 to 200"));
}

}  // namespace
}  // namespace jari::ops
