// The Open Inference Protocol over gRPC, by a client of gRPC's own, against the library's answers.
#include <gtest/gtest.h>

#include "server/grpc_server.h"
#include "service_fixture.h"

#ifdef VALENCE_HAS_GRPC

#include <grpcpp/grpcpp.h>
#include <open_inference.grpc.pb.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace server {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kTexts = {"I loved it", "It drags.", ""};

class GrpcTest : public ServiceTest {
 protected:
  void Start(const GrpcOptions& options = {}) {
    GrpcOptions local = options;
    local.listen = "127.0.0.1:0";
    grpc = std::make_unique<GrpcServer>(local, service, answers, [this](const Served& served) {
      if (log_fails) throw std::bad_alloc();
      EXPECT_EQ(served.request.client, "127.0.0.1");
      last_status = served.response.status;
    });
    Connect(grpc::InsecureChannelCredentials());
  }

  void Connect(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments apart;  // else gRPC would go on with a connection of the same kind that it has
    apart.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub = inference::GRPCInferenceService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(grpc->port()), credentials, apart));
  }
  // A client that trusts servers with this certificate alone.
  void ConnectTrusting(const std::filesystem::path& certificate) {
    grpc::SslCredentialsOptions trusted;
    trusted.pem_root_certs = ContentsOf(certificate);
    Connect(grpc::SslCredentials(trusted));
  }
  static std::string ContentsOf(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  static inference::ModelInferRequest Asking(const std::vector<std::string>& texts,
                                             const std::string& model = "small") {
    inference::ModelInferRequest request;
    request.set_model_name(model);
    auto& input = *request.add_inputs();
    input.set_name("text");
    input.set_datatype("BYTES");
    input.add_shape(static_cast<std::int64_t>(texts.size()));
    for (const std::string& text : texts) input.mutable_contents()->add_bytes_contents(text);
    return request;
  }

  grpc::Status Infer(const inference::ModelInferRequest& request, const std::string& key = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
    response.Clear();
    return stub->ModelInfer(&context, request, &response);
  }

  // Calls a method without an answer of interest.
  template <class Request, class Answer>
  grpc::StatusCode CodeOf(grpc::Status (inference::GRPCInferenceService::Stub::*method)(grpc::ClientContext*,
                                                                                        const Request&, Answer*),
                          const Request& request, Answer* answer) {
    grpc::ClientContext context;
    return (stub.get()->*method)(&context, request, answer).error_code();
  }

  Background answers;
  std::atomic<int> last_status{0};
  std::atomic<bool> log_fails{false};
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<inference::GRPCInferenceService::Stub> stub;
  inference::ModelInferResponse response;
};

using Stub = inference::GRPCInferenceService::Stub;

TEST_F(GrpcTest, GivesTheLibrarysBitsAsContents) {
  Start();
  const auto expected = model().classify(kTexts);
  auto request = Asking(kTexts);
  request.set_id("5");
  ASSERT_TRUE(Infer(request).ok());
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(response.id(), "5");
  EXPECT_EQ(response.model_name(), "small");
  ASSERT_EQ(response.outputs_size(), 5);
  for (int i = 0; i < 3; ++i) {
    const auto& one = expected[static_cast<std::size_t>(i)];
    EXPECT_EQ(response.outputs(0).contents().bytes_contents(i), one.label);
    EXPECT_EQ(response.outputs(1).contents().fp32_contents(i), one.score);
    EXPECT_EQ(response.outputs(2).contents().fp32_contents(2 * i + 1), one.scores[1]);
    EXPECT_EQ(response.outputs(3).contents().fp32_contents(2 * i), one.logits[0]);
    EXPECT_FALSE(response.outputs(4).contents().bool_contents(i));
  }
  EXPECT_EQ(response.outputs(3).shape(1), 2);
}

TEST_F(GrpcTest, GivesTheLibrarysBitsAsRawBytesWhereTheTextsCameSo) {
  Start();
  const auto expected = model().classify(kTexts);
  auto request = Asking(kTexts);
  request.mutable_inputs(0)->clear_contents();
  std::string bytes;
  for (const std::string& text : kTexts) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(text.size() >> (8 * i) & 0xFF);
    bytes += text;
  }
  request.add_raw_input_contents(bytes);
  request.add_outputs()->set_name("logits");
  ASSERT_TRUE(Infer(request).ok());
  ASSERT_EQ(response.raw_output_contents_size(), 1);
  ASSERT_EQ(response.raw_output_contents(0).size(), 24u);
  for (std::size_t i = 0; i < 6; ++i) {
    float value;
    std::memcpy(&value, response.raw_output_contents(0).data() + 4 * i, 4);
    EXPECT_EQ(value, expected[i / 2].logits[i % 2]);
  }
}

TEST_F(GrpcTest, EndsACallWhoseLogLineFindsNoMemory) {
  Start();
  log_fails = true;
  EXPECT_EQ(Infer(Asking({"a"})).error_code(), grpc::StatusCode::OK);
  EXPECT_EQ(Infer(Asking({})).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcTest, RefusesWhatContradictsItself) {
  Start();
  const std::vector<std::function<void(inference::ModelInferRequest&)>> changes = {
      [](auto& request) { request.clear_inputs(); },
      [](auto& request) { *request.add_inputs() = request.inputs(0); },
      [](auto& request) { request.mutable_inputs(0)->set_datatype("FP32"); },
      [](auto& request) { request.mutable_inputs(0)->add_shape(2); },
      [](auto& request) { request.mutable_inputs(0)->set_shape(0, -1); },
      [](auto& request) { request.add_raw_input_contents("abc"); },
      [](auto& request) { request.add_outputs()->set_name("other"); },
      [](auto& request) {
        for (int i = 0; i < 2; ++i) request.add_outputs()->set_name("label");
      },
      [](auto& request) { request = Asking({}); },
      [](auto& request) {
        request = Asking({"a", "b", "c", "d", "e"});
      },  // the fixture takes four
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto request = Asking({"a"});
    changes[i](request);
    EXPECT_EQ(Infer(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << i;
  }
  EXPECT_EQ(Infer(Asking({"a"}, "unknown")).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Infer(Asking({"a"}, "")).error_code(), grpc::StatusCode::NOT_FOUND);
  auto request = Asking({"a"});
  request.set_model_version("2");
  const grpc::Status status = Infer(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "model \"small\" has no version \"2\"");
  inference.Count(9'999);
  EXPECT_EQ(Infer(Asking({"a text of more tokens"})).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  inference.Release(9'999);
}

TEST_F(GrpcTest, NeedsAKeyWhereHttpDoes) {
  service.api_keys = {{"key"}, false};
  Start();
  EXPECT_EQ(Infer(Asking({"a"})).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Infer(Asking({"a"}), "wrong").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(Infer(Asking({"a"}), "key").ok());
  inference::ServerLiveResponse live;
  EXPECT_EQ(CodeOf(&Stub::ServerLive, inference::ServerLiveRequest(), &live), grpc::StatusCode::OK);
  EXPECT_TRUE(live.live());
  inference::ServerMetadataResponse metadata;
  EXPECT_EQ(CodeOf(&Stub::ServerMetadata, inference::ServerMetadataRequest(), &metadata),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(GrpcTest, LoadsAndUnloadsModels) {
  Start();
  const auto ready = [&] {
    inference::ModelReadyRequest request;
    request.set_name("other");
    inference::ModelReadyResponse answer;
    EXPECT_EQ(CodeOf(&Stub::ModelReady, request, &answer), grpc::StatusCode::OK);
    return answer.ready();
  };
  EXPECT_TRUE(ready());
  inference::RepositoryModelUnloadRequest unload;
  unload.set_model_name("other");
  inference::RepositoryModelUnloadResponse unloaded;
  EXPECT_EQ(CodeOf(&Stub::RepositoryModelUnload, unload, &unloaded), grpc::StatusCode::OK);
  EXPECT_FALSE(ready());
  EXPECT_EQ(Infer(Asking({"a"}, "other")).error_code(), grpc::StatusCode::UNAVAILABLE);
  inference::RepositoryIndexResponse index;
  EXPECT_EQ(CodeOf(&Stub::RepositoryIndex, inference::RepositoryIndexRequest(), &index), grpc::StatusCode::OK);
  ASSERT_EQ(index.models_size(), 2);
  EXPECT_EQ(index.models(1).state(), "UNAVAILABLE");
  inference::RepositoryModelLoadRequest load;
  load.set_model_name("other");
  inference::RepositoryModelLoadResponse loaded;
  EXPECT_EQ(CodeOf(&Stub::RepositoryModelLoad, load, &loaded), grpc::StatusCode::OK);
  EXPECT_TRUE(ready());
  load.set_model_name("unknown");
  EXPECT_EQ(CodeOf(&Stub::RepositoryModelLoad, load, &loaded), grpc::StatusCode::NOT_FOUND);
  inference::ModelMetadataRequest describe;
  describe.set_name("other");
  inference::ModelMetadataResponse metadata;
  EXPECT_EQ(CodeOf(&Stub::ModelMetadata, describe, &metadata), grpc::StatusCode::OK);
  EXPECT_EQ(metadata.inputs(0).datatype(), "BYTES");
  EXPECT_EQ(metadata.outputs(3).shape(1), 2);
}

TEST_F(GrpcTest, AnswersByItselfAfterTheDeadlineOfTheServer) {
  GrpcOptions options;
  options.answer_timeout = 1ms;
  Start(options);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "word ";
  EXPECT_EQ(Infer(Asking({text, text, text, text})).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  inference.WaitUntilIdle();
  EXPECT_EQ(inference.waiting_tokens(), 0u);
}

// Another certificate for 127.0.0.1 with its key, as PEM files.
void WriteCertificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const std::shared_ptr<EVP_PKEY> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::shared_ptr<X509> made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 2);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), pair.get());
  const unsigned char name[] = "new";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  const std::shared_ptr<X509_EXTENSION> address(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), X509_EXTENSION_free);
  X509_add_ext(made.get(), address.get(), -1);
  ASSERT_GT(X509_sign(made.get(), pair.get(), EVP_sha256()), 0);
  const auto write = [](const std::filesystem::path& file, const auto& contents) {
    const std::shared_ptr<BIO> stream(BIO_new_file(file.c_str(), "w"), BIO_free);
    ASSERT_EQ(contents(stream.get()), 1) << file;
  };
  write(certificate, [&](BIO* stream) { return PEM_write_bio_X509(stream, made.get()); });
  write(key, [&](BIO* stream) {
    return PEM_write_bio_PrivateKey(stream, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

TEST_F(GrpcTest, SpeaksTlsWithTheCertificateThatTheFilesHaveNow) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("valence_grpc_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto file = [&](const char* name) { return (folder / name).string(); };
  std::filesystem::copy_file(VALENCE_REFERENCES "/server/certificate.pem", file("certificate"));
  std::filesystem::copy_file(VALENCE_REFERENCES "/server/key.pem", file("key"));
  WriteCertificate(file("new certificate"), file("new key"));
  GrpcOptions options;
  options.certificate = file("certificate");
  options.key = file("key");
  options.certificate_interval = 1s;
  Start(options);
  EXPECT_EQ(Infer(Asking(kTexts)).error_code(), grpc::StatusCode::UNAVAILABLE) << "a client without TLS";
  ConnectTrusting(file("new certificate"));
  EXPECT_EQ(Infer(Asking(kTexts)).error_code(), grpc::StatusCode::UNAVAILABLE) << "a client that trusts another";
  ConnectTrusting(file("certificate"));
  const grpc::Status status = Infer(Asking(kTexts));
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto expected = model().classify(kTexts);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(response.outputs(1).contents().fp32_contents(i), expected[static_cast<std::size_t>(i)].score);
  }

  std::filesystem::rename(file("new key"), file("key"));
  std::filesystem::rename(file("new certificate"), file("certificate"));
  ASSERT_TRUE(Infer(Asking({"a"})).ok()) << "what is connected goes on";
  bool changed = false;
  for (const auto end = std::chrono::steady_clock::now() + 30s; !changed && std::chrono::steady_clock::now() < end;) {
    std::this_thread::sleep_for(200ms);
    ConnectTrusting(file("certificate"));
    changed = Infer(Asking({"a"})).ok();
  }
  EXPECT_TRUE(changed);
  std::filesystem::remove_all(folder);
}

TEST_F(GrpcTest, EndsOnceWhatHasBegunIsAnswered) {
  Start();
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "word ";
  grpc::Status status;
  std::jthread asking([&] { status = Infer(Asking({text, text, text, text})); });
  while (inference.waiting_tokens() == 0) std::this_thread::sleep_for(100us);
  grpc->Drain(10s);
  EXPECT_EQ(grpc->Wait(), 0u);
  asking.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Infer(Asking({"a"})).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace server

#else

TEST(Grpc, IsNamedAsMissing) { EXPECT_EQ(server::GrpcVersion(), ""); }

#endif
