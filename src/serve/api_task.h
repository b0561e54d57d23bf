// A request on its way through the batcher.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/response.h"
#include "serve/operation.h"

namespace bitcpp {

class ApiTask : public Task {
 public:
  ApiTask(std::string body, std::unique_ptr<Operation> operation, ApiContext context,
          std::function<void(HttpResponse)> send, std::function<bool()> unwanted);

  void prepare() override;
  void finish() override;
  void fail(const std::exception& error) override;
  bool unwanted() const override { return unwanted_(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  std::string body_;
  std::size_t bytes_;
  std::unique_ptr<Operation> operation_;
  ApiContext context_;
  std::function<void(HttpResponse)> send_;
  std::function<bool()> unwanted_;
};

}  // namespace bitcpp
