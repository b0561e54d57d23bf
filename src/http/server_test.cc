// What clients that behave, and those that do not, get from a server on a real socket.
#include "http/server.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/http_test_client.h"

namespace bitcpp {
namespace {

using std::chrono::milliseconds;

/// A server on a thread: /echo answers the body, /later the same from another thread, /drain stops.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options_.port = 0;
    options_.connection.linger = milliseconds(100);
  }
  ~ServerTest() override {
    if (!loop_.joinable()) return;
    if (!stopped_) TestClient(server_->port()).get("/drain");
    loop_.join();
    for (std::thread& thread : answering_) thread.join();
  }

  void start() {
    server_ = std::make_unique<HttpServer>(
        options_, [this](HttpRequest request, Reply reply) { handle(request, reply); });
    loop_ = std::thread([this] { drained_ = server_->run(); });
  }
  TestClient client() { return TestClient(server_->port()); }

  void handle(const HttpRequest& request, const Reply& reply) {
    HttpResponse response;
    response.body = request.body;
    if (request.path == "/drain") {
      server_->drain();
      stopped_ = true;
    }
    if (request.path == "/big") response.body.assign(std::size_t{8} << 20, 'b');
    if (request.path == "/later") {
      answering_.emplace_back([response, reply] {
        std::this_thread::sleep_for(milliseconds(50));
        reply.send(response);
      });
      return;
    }
    reply.send(response);
  }

  ServerOptions options_;
  std::unique_ptr<HttpServer> server_;
  std::thread loop_;
  std::vector<std::thread> answering_;
  std::atomic<bool> stopped_ = false, drained_ = false;
};

TEST_F(ServerTest, AnswersAreInTheOrderOfTheRequests) {
  start();
  TestClient client = this->client();
  client.send(TestClient::post_text("/later", "first") + TestClient::post_text("/echo", "second") +
              "HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n" + TestClient::post_text("/later", "fourth"));
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_EQ(client.receive().body, "second");
  EXPECT_EQ(client.receive(true).status, 200);
  EXPECT_EQ(client.receive().body, "fourth");
}

TEST_F(ServerTest, MorePipelinedRequestsThanAreTakenAtOnce) {
  options_.connection.pipelined = 3;
  start();
  TestClient client = this->client();
  std::string all;
  for (int i = 0; i < 2000; ++i) all += TestClient::post_text("/echo", std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.receive().body, std::to_string(i));
  sender.join();
}

TEST_F(ServerTest, AHalfClosedClientGetsItsAnswers) {
  start();
  TestClient client = this->client();
  client.send(TestClient::post_text("/later", "one") + TestClient::post_text("/later", "two"));
  client.end();
  EXPECT_EQ(client.receive().body, "one");
  const TestResponse last = client.receive();
  EXPECT_EQ(last.body, "two");
  EXPECT_TRUE(last.has("Connection: close"));
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, ARequestThatBreaksOffIsRefused) {
  start();
  TestClient client = this->client();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  client.end();
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, ARefusalReachesAClientThatIsStillSending) {
  start();
  TestClient client = this->client();
  const std::string megabytes(std::size_t{4} << 20, 'x');
  std::thread sender([&] { client.send(TestClient::post_text("/echo", megabytes)); });
  EXPECT_EQ(client.receive().status, 413);
  sender.join();
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, NonsenseBehindARequestDoesNotTakeItsAnswer) {
  start();
  TestClient client = this->client();
  client.send(TestClient::post_text("/later", "first") + "nonsense\r\n\r\n");
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, LeaveToSendABody) {
  start();
  TestClient client = this->client();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("ok");
  EXPECT_EQ(client.receive().body, "ok");
}

TEST_F(ServerTest, SlowRequestsTimeOutAndIdleConnectionsAreClosed) {
  options_.connection.request_timeout = milliseconds(400);
  options_.connection.idle_timeout = milliseconds(800);
  start();
  TestClient slow = client(), idle = client();
  // A byte now and then does not help: the whole request has to be there in time.
  std::thread dripping([&] {
    for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\n")) {
      if (!slow.send({&c, 1})) return;
      std::this_thread::sleep_for(milliseconds(100));
    }
  });
  EXPECT_EQ(slow.receive().status, 408);
  EXPECT_TRUE(slow.closed());
  EXPECT_TRUE(idle.closed());
  dripping.join();
}

TEST_F(ServerTest, AClientThatReadsNothingIsCutOffAndOthersGoOn) {
  options_.connection.write_timeout = milliseconds(400);
  start();
  TestClient deaf = client();
  std::string requests;
  for (int i = 0; i < 8; ++i) requests += "GET /big HTTP/1.1\r\nHost: x\r\n\r\n";
  deaf.send(requests);
  EXPECT_EQ(client().post("/echo", "still here").body, "still here");
  std::this_thread::sleep_for(milliseconds(1200));
  EXPECT_EQ(server_->arrivals().connections, 0u);
}

TEST_F(ServerTest, TooManyConnectionsAreToldSo) {
  options_.connections = 3;
  start();
  std::vector<TestClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(client());
    ASSERT_EQ(clients.back().post("/echo", "in").body, "in");
  }
  TestClient late = client();
  const TestResponse refused = late.post("/echo", "out");
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.has("Retry-After:"));
  EXPECT_TRUE(late.closed());
  EXPECT_EQ(clients[0].post("/echo", "in").body, "in");
  clients.clear();  // or there would be no room to say /drain
  while (server_->arrivals().connections > 0) std::this_thread::yield();
}

TEST_F(ServerTest, ClientsThatLeaveDoNoHarm) {
  start();
  for (int i = 0; i < 20; ++i) {
    TestClient client = this->client();
    client.send(TestClient::post_text("/later", "nobody reads this"));
    client.abort();
  }
  EXPECT_EQ(client().post("/later", "fine").body, "fine");
}

TEST_F(ServerTest, DrainingAnswersWhatHasCome) {
  start();
  TestClient busy = client(), idle = client();
  ASSERT_EQ(idle.post("/echo", "1").body, "1");
  busy.send(TestClient::post_text("/later", "late"));
  std::this_thread::sleep_for(milliseconds(10));
  const TestResponse drain = client().get("/drain");
  EXPECT_EQ(drain.status, 200);
  const TestResponse last = busy.receive();
  EXPECT_EQ(last.body, "late");
  EXPECT_TRUE(last.has("Connection: close"));
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(idle.closed());
  loop_.join();
  EXPECT_TRUE(drained_);
  EXPECT_THROW(client(), std::runtime_error);
  for (std::thread& thread : answering_) thread.join();
  answering_.clear();
}

}  // namespace
}  // namespace bitcpp
