// `bit serve` as its clients see it: every interface, against what `bit run` says.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <cstring>
#include <set>
#include <thread>

#include "base/file.h"
#include "serve/served.h"

namespace bitcpp {
namespace {

using Json = nlohmann::json;

const std::string kIntents = "models/snips-minilm-w1a1.safetensors";
const std::string kSentiment = "models/sst2-minilm-w1a2.safetensors";
const std::string kTiny = BITCPP_BINARY_DIR "/Testing/tiny_models/";

std::string in_source(const std::string& path) {
  return std::string(BITCPP_SOURCE_DIR) + "/" + path;
}

/// One server for all tests that do not change it.
class Serve : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    served_ = std::make_unique<Served>(std::vector<std::string>{
        in_source(kIntents), in_source(kSentiment), "tagger=" + kTiny + "tagging.safetensors",
        "qa=" + kTiny + "question-answering.safetensors", "--max-body", "200000"});
  }
  static void TearDownTestSuite() { served_.reset(); }

  TestClient client() const { return served_->client(); }
  Json post(const std::string& path, const Json& body, int status = 200) const {
    TestClient client = this->client();
    const TestResponse response = client.post(path, body.dump());
    EXPECT_EQ(response.status, status) << path << " " << body << "\n" << response.body;
    return Json::parse(response.body, nullptr, false);
  }
  Json get(const std::string& path, int status = 200) const {
    TestClient client = this->client();
    const TestResponse response = client.get(path);
    EXPECT_EQ(response.status, status) << path << "\n" << response.body;
    return Json::parse(response.body, nullptr, false);
  }

  static std::unique_ptr<Served> served_;
};

std::unique_ptr<Served> Serve::served_;

TEST_F(Serve, PredictSaysWhatRunSays) {
  const std::vector<std::string> texts = {"play some jazz by miles davis",
                                          "will it rain in \"paris\"",
                                          "Grüße, 東京! \xF0\x9F\x98\x80", ""};
  std::string lines;
  Json inputs = Json::array();
  for (const std::string& text : texts) {
    lines += Json{{"text", text}}.dump() + "\n";
    inputs.push_back({text});
  }
  const auto expected =
      json_lines(run_bit({"run", in_source(kIntents), "--format", "jsonl"}, lines).out);
  ASSERT_EQ(expected.size(), texts.size());
  const Json batch = post("/predict", {{"inputs", inputs}});
  ASSERT_EQ(batch.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(batch[i][0]["label"], expected[i]["label"]);
    EXPECT_EQ(post("/predict", {{"inputs", texts[i]}}), batch[i]);
    double last = 1;
    for (const Json& one : batch[i]) {
      const std::string label = one["label"];
      EXPECT_EQ(one["score"], expected[i]["scores"][label]) << label;
      EXPECT_LE(one["score"].get<double>(), last);
      last = one["score"];
    }
  }
}

TEST_F(Serve, PredictKnowsPairsModelsAndRawScores) {
  const Json pair = post("/predict", {{"inputs", {"one", "two"}}});
  EXPECT_TRUE(pair[0].is_object()) << "two texts are a pair";
  const Json raw =
      post("/predict?model=sst2-minilm-w1a2", {{"inputs", "a fine film"}, {"raw_scores", true}});
  EXPECT_EQ(raw[0]["label"], "1");
  EXPECT_GT(raw[0]["score"].get<double>(), 1);
  EXPECT_EQ(post("/predict",
                 {{"inputs", "a fine film"}, {"raw_scores", true}, {"model", "sst2-minilm-w1a2"}}),
            raw);
}

TEST_F(Serve, TheRootAnswersAsTheHubDoes) {
  const Json one = post("/", {{"inputs", "play some jazz"}});
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0], post("/predict", {{"inputs", "play some jazz"}}));
  EXPECT_EQ(post("/", {{"inputs", {"one", "two", "three"}}}).size(), 3u);
  EXPECT_EQ(post("/", {{"inputs", "x"}, {"parameters", {{"top_k", 2}}}})[0].size(), 2u);
}

TEST_F(Serve, LongTextsAreCutOrRefused) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "play ";
  EXPECT_TRUE(post("/predict", {{"inputs", text}}).is_array());
  const Json refused = post("/predict", {{"inputs", text}, {"truncate", false}}, 422);
  EXPECT_EQ(refused["error_type"], "Validation");
  EXPECT_EQ(refused["error"], "`inputs` must have at most 64 tokens. Given: 1002");
  // Cut on the left, the end of the text is what counts.
  const Json left = post(
      "/predict", {{"inputs", text + "will it rain tomorrow"}, {"truncation_direction", "left"}});
  EXPECT_NE(left, post("/predict", {{"inputs", text + "will it rain tomorrow"}}));
}

TEST_F(Serve, EmbeddingsHaveLengthOneAndAreTheSameInEveryInterface) {
  const Json vectors = post("/embed", {{"inputs", {"play some jazz", "will it rain"}}});
  ASSERT_EQ(vectors.size(), 2u);
  ASSERT_EQ(vectors[0].size(), 384u);
  double squares = 0;
  for (const Json& value : vectors[0]) squares += value.get<double>() * value.get<double>();
  EXPECT_NEAR(squares, 1, 1e-5);
  EXPECT_NE(vectors[0], vectors[1]);
  EXPECT_EQ(post("/embed", {{"inputs", "play some jazz"}})[0], vectors[0]);
  // The ids of "play some jazz".
  EXPECT_EQ(post("/embed", {{"inputs", {2377, 2070, 4166}}})[0], vectors[0]);
  EXPECT_EQ(post("/embed", {{"inputs", "play some jazz"}, {"dimensions", 8}})[0].size(), 8u);

  const Json openai =
      post("/v1/embeddings", {{"input", "play some jazz"}, {"model", "snips-minilm-w1a1"}});
  EXPECT_EQ(openai["data"][0]["embedding"], vectors[0]);
  EXPECT_EQ(openai["usage"]["prompt_tokens"], 5);
  const Json coded =
      post("/v1/embeddings", {{"input", "play some jazz"}, {"encoding_format", "base64"}});
  EXPECT_EQ(coded["data"][0]["embedding"].get<std::string>().size(), (384 * 4 + 2) / 3 * 4);

  const Json tensor = post(
      "/v2/models/snips-minilm-w1a1/infer",
      {{"inputs",
        {{{"name", "text"}, {"shape", {1}}, {"datatype", "BYTES"}, {"data", {"play some jazz"}}}}},
       {"outputs", {{{"name", "embedding"}}, {{"name", "label"}}}}});
  ASSERT_EQ(tensor["outputs"].size(), 2u);
  EXPECT_EQ(tensor["outputs"][1]["data"], vectors[0]);
  EXPECT_EQ(tensor["outputs"][0]["data"][0], "PlayMusic");
}

TEST_F(Serve, TokensAreThoseOfTokenize) {
  const std::string text = "Déjà vu";
  const auto expected =
      json_lines(run_bit({"tokenize", in_source(kIntents)}, text + "\n").out).at(0);
  const Json tokens = post("/tokenize", {{"inputs", text}});
  ASSERT_EQ(tokens.size(), 1u);
  ASSERT_EQ(tokens[0].size(), expected["ids"].size());
  for (std::size_t i = 0; i < tokens[0].size(); ++i) {
    const Json& token = tokens[0][i];
    EXPECT_EQ(token["id"], expected["ids"][i]);
    EXPECT_EQ(token["special"], i == 0 || i + 1 == tokens[0].size());
    if (token["special"]) continue;
    EXPECT_EQ(token["start"], expected["offsets"][i][0]);
    EXPECT_EQ(token["stop"], expected["offsets"][i][1]);
  }
  EXPECT_EQ(tokens[0][1]["text"], "Dé") << "a token of whole characters";
  EXPECT_EQ(post("/tokenize", {{"inputs", text}, {"add_special_tokens", false}})[0].size(),
            tokens[0].size() - 2);
}

TEST_F(Serve, TagsAndAnswersAreThoseOfRun) {
  // Umlauts: run counts bytes, the server characters.
  const std::string text = "Grüße play jazz in paris";
  const auto run =
      json_lines(run_bit({"run", kTiny + "tagging.safetensors", "--words"}, text + "\n").out).at(0);
  const Json words = post(
      "/tag",
      {{"inputs", text}, {"model", "tagger"}, {"parameters", {{"aggregation_strategy", "none"}}}});
  ASSERT_EQ(words.size(), run["words"].size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(words[i]["entity"], run["words"][i]["tag"]);
    EXPECT_EQ(words[i]["word"], run["words"][i]["text"]);
    EXPECT_EQ(words[i]["score"], run["words"][i]["score"]);
  }
  EXPECT_EQ(words[1]["start"], 6);
  EXPECT_EQ(post("/tag", {{"inputs", {text, text}}}).size(), 2u) << "the first tagger";

  const auto answer = json_lines(run_bit({"run", kTiny + "question-answering.safetensors"},
                                         "play jazz\t" + text + "\n")
                                     .out)
                          .at(0);
  const Json served =
      post("/answer?model=qa", {{"inputs", {{"question", "play jazz"}, {"context", text}}}});
  EXPECT_EQ(served["answer"], answer["answer"]);
  EXPECT_EQ(served["score"], answer["score"]);
  EXPECT_EQ(post("/answer?model=qa", {{"inputs", {{"question", "play jazz"}, {"context", text}}},
                                      {"parameters", {{"top_k", 3}}}})
                .size(),
            3u);
}

TEST_F(Serve, DescribesItself) {
  const Json info = get("/info");
  EXPECT_EQ(info["model_id"], "snips-minilm-w1a1");
  EXPECT_EQ(info["models"].size(), 4u);
  EXPECT_EQ(info["model_type"]["classifier"]["id2label"]["3"], "PlayMusic");
  EXPECT_EQ(info["bytes"], std::filesystem::file_size(in_source(kIntents)));
  EXPECT_EQ(info["float_bytes"], 90863644);  // the teacher's, as README.md has it
  EXPECT_EQ(get("/info?model=qa")["task"], "question-answering");
  EXPECT_EQ(get("/v1/models")["data"].size(), 4u);
  EXPECT_EQ(get("/v2")["name"], "bit.cpp");
  EXPECT_EQ(get("/v2/models/qa")["outputs"][0]["name"], "answer");
  EXPECT_EQ(get("/v2/models/qa/ready")["ready"], true);
  EXPECT_EQ(get("/openapi.json")["openapi"], "3.0.3");
  TestClient client = this->client();
  EXPECT_EQ(client.get("/health").status, 200);
  EXPECT_TRUE(contains(client.get("/metrics").body, "te_request_duration_count"));
  const TestResponse page = client.get("/");
  EXPECT_TRUE(page.has("text/html"));
  EXPECT_TRUE(contains(page.body, "</html>"));
}

TEST_F(Serve, MistakesAreToldInTheInterfacesOwnWords) {
  EXPECT_EQ(post("/predict", {{"inputs", 3}}, 422)["error_type"], "Validation");
  EXPECT_EQ(post("/predict", Json::object(), 422)["error"], "`inputs` is missing");
  EXPECT_EQ(post("/predict", {{"inputs", Json::array()}}, 400)["error_type"], "Empty");
  EXPECT_EQ(post("/embed", {{"inputs", std::vector<std::string>(1000, "x")}}, 422)["error"],
            "batch size 1000 > maximum allowed batch size 128");
  EXPECT_EQ(post("/embed", {{"inputs", {30522}}}, 422)["error"], "token id 30522 is out of range");
  EXPECT_EQ(post("/tag?model=qa", {{"inputs", "x"}}, 424)["error_type"], "Backend");
  EXPECT_EQ(post("/predict?model=qa", {{"inputs", "x"}}, 424)["error_type"], "Backend");
  post("/predict", {{"inputs", "x"}, {"model", "none"}}, 404);
  post("/predict", {{"inputs", "x"}, {"model", ""}}, 404);
  post("/predict?model=", {{"inputs", "x"}}, 404);
  EXPECT_EQ(post("/v1/embeddings", {{"input", "x"}, {"model", "gpt"}}, 404)["error"]["code"],
            "model_not_found");
  EXPECT_TRUE(post("/v2/models/qa/infer", {{"inputs", 3}}, 400)["error"].is_string());
  post("/v2/models/none/infer", {{"inputs", 3}}, 404);
  get("/nowhere", 404);
  get("/predict", 405);
}

TEST_F(Serve, HostileBodiesGetADefinedAnswer) {
  TestClient client = this->client();
  const std::string deep =
      "{\"inputs\":" + std::string(50'000, '[') + std::string(50'000, ']') + "}";
  EXPECT_EQ(client.post("/predict", deep).status, 400);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"\xC3\x28\"}").status, 400) << "no UTF-8";
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"\\ud800\"}").status, 400) << "half a character";
  EXPECT_EQ(client.post("/predict", std::string("{\"inputs\":\"a\0b\"}", 16)).status, 400);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"\\u0000\"}").status, 200);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"a\",\"inputs\":\"b\"}").status, 400);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":1e999}").status, 400);
  EXPECT_EQ(client.post("/predict", "[]").status, 422);
  EXPECT_EQ(client.post("/predict", "").status, 400);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"" + std::string(190'000, 'x') + "\"}").status,
            200);
  client.send("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(client.receive().status, 415) << "no content type";
  EXPECT_EQ(client.post("/predict", std::string(300'000, ' ')).status, 413);
}

TEST_F(Serve, PipelinedAndParallelClientsGetTheirOwnAnswers) {
  const auto rows = read_file(snips_validation());
  std::vector<std::string> texts;
  for (std::size_t begin = rows.find('\n') + 1; begin < rows.size() && texts.size() < 200;) {
    texts.push_back(rows.substr(begin, rows.find('\t', begin) - begin));
    begin = rows.find('\n', begin) + 1;
  }
  std::string lines;
  for (const std::string& text : texts) lines += text + "\n";
  const auto expected = json_lines(run_bit({"run", in_source(kIntents)}, lines).out);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (std::size_t c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      TestClient client = this->client();
      std::string all;
      for (const std::string& text : texts)
        all += TestClient::post_text("/predict", Json{{"inputs", text}}.dump());
      std::thread sender([&] { client.send(all); });
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const TestResponse response = client.receive();
        const bool right = response.status == 200 &&
                           Json::parse(response.body)[0]["label"] == expected[i]["label"] &&
                           Json::parse(response.body)[0]["score"] == expected[i]["score"];
        wrong += !right;
      }
      sender.join();
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ServeLife, BeyondItsCapacityItSaysSoAndRecovers) {
  Served served({in_source(kSentiment), "--threads", "1", "--max-requests", "4"});
  const std::string body =
      Json{{"inputs", std::vector<std::vector<std::string>>(
                          100, {"a film that is neither good nor bad but long"})}}
          .dump();
  std::map<int, int> statuses;
  TestClient client = served.client();
  std::string all;
  for (int i = 0; i < 40; ++i) all += TestClient::post_text("/predict", body);
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 40; ++i) {
    const TestResponse response = client.receive();
    ++statuses[response.status];
    if (response.status != 429) continue;
    EXPECT_TRUE(response.has("Retry-After: "));
    EXPECT_EQ(response.body, "{\"error\":\"Model is overloaded\",\"error_type\":\"Overloaded\"}");
  }
  sender.join();
  EXPECT_EQ(statuses[200] + statuses[429], 40);
  EXPECT_GE(statuses[200], 4);
  EXPECT_GE(statuses[429], 1);
  EXPECT_EQ(client.post("/predict", "{\"inputs\":\"fine\"}").status, 200);
}

TEST(ServeLife, SigtermAnswersWhatHasCome) {
  // With all the time that sanitizers on a busy machine may need.
  Served served({in_source(kSentiment), "--threads", "1", "--drain-timeout", "600"});
  const std::string body =
      Json{{"inputs", std::vector<std::vector<std::string>>(100, {"a film that is long"})}}.dump();
  TestClient busy = served.client(), idle = served.client();
  EXPECT_EQ(idle.get("/health").status, 200);
  for (int i = 0; i < 3; ++i) busy.send(TestClient::post_text("/predict", body));
  while (!contains(idle.get("/metrics").body, "te_request_count 3\n")) {
  }
  served.signal(SIGTERM);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(busy.receive().status, 200);
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(idle.closed());
  busy.abort();
  idle.abort();
  EXPECT_EQ(served.wait(), 0);
  EXPECT_TRUE(contains(served.log(), "bit serve: stopped\n")) << served.log();
}

TEST(ServeLife, SighupPutsAChangedModelInPlaceAndLosesNothing) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("model.safetensors", read_file(in_source(kIntents))).string();
  Served served({path});
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0, intents = 0, sentiments = 0;
  std::thread asking([&] {
    TestClient client = served.client();
    while (!stop) {
      const TestResponse response = client.post("/predict", "{\"inputs\":\"a fine film\"}");
      failed += response.status != 200;
      ++(contains(response.body, "\"1\"") ? sentiments : intents);
    }
  });
  while (intents == 0) std::this_thread::yield();
  // In place and in two steps, as careless copying does: the server has its own copy.
  write_file(path, "half of it");
  served.signal(SIGHUP);
  EXPECT_TRUE(served.logs("the old model stays")) << served.log();
  std::filesystem::copy_file(in_source(kSentiment), path,
                             std::filesystem::copy_options::overwrite_existing);
  served.signal(SIGHUP);
  EXPECT_TRUE(served.logs("anew")) << served.log();
  for (const int seen = sentiments; sentiments < seen + 3;) std::this_thread::yield();
  stop = true;
  asking.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(intents, 0);
}

TEST(ServeLife, AKeyIsAskedForWhereOneIsSet) {
  setenv("BITCPP_API_KEY", "sesame", 1);
  Served served({in_source(kIntents)});
  unsetenv("BITCPP_API_KEY");
  TestClient client = served.client();
  const std::string body = "{\"inputs\":\"x\"}";
  EXPECT_EQ(client.get("/health").status, 200);
  EXPECT_EQ(client.get("/").status, 200);
  const TestResponse refused = client.post("/predict", body);
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.has("WWW-Authenticate: Bearer"));
  for (const char* wrong : {"sesam", "sesame2", "Sesame", "", "sesamf"})
    EXPECT_EQ(client.post("/predict", body, "Authorization: Bearer " + std::string(wrong) + "\r\n")
                  .status,
              401);
  EXPECT_EQ(client.get("/info").status, 401);
  EXPECT_EQ(client.get("/nowhere").status, 401);
  EXPECT_EQ(client.post("/predict", body, "Authorization: Bearer sesame\r\n").status, 200);
}

TEST(ServeLife, RefusesWhatCannotBeServed) {
  const auto refused = [](std::vector<std::string> arguments, const std::string& named) {
    arguments.insert(arguments.begin(), "serve");
    const Outcome outcome = run_bit(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(line_count(outcome.err), 1) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, named)) << outcome.err;
  };
  const Served other({in_source(kIntents)});
  refused({}, "model");
  refused({"no/such.safetensors"}, "no/such.safetensors");
  refused({in_source("README.md")}, "README.md");
  refused({in_source(kIntents), in_source(kIntents)}, "NAME=PATH");
  refused({in_source(kIntents), "--port", std::to_string(other.port())},
          std::to_string(other.port()));
  refused({in_source(kIntents), "--host", "192.0.2.1", "--port", "0"}, "192.0.2.1");
  refused({in_source(kIntents), "--max-length", "100000"}, "100000");
}

}  // namespace
}  // namespace bitcpp
