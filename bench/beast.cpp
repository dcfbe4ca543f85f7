/* SPDX-License-Identifier: MIT */
/*
 * beast PORT PATH REQUESTS CONCURRENCY [stream]: Boost.Beast, asynchronously, on one
 * io_context without locks. A connection each, which is kept; the request is made once
 * and written again and again; the buffer stays. With stream, a connection is a
 * beast::tcp_stream, with half a minute for each step, as Beast's examples have it;
 * without, a plain socket, which has no timer.
 */
#define BOOST_ASIO_DISABLE_THREADS /* what Asio offers to programs of one thread */

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "tally.h"
#include "task.h"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

static struct task task;
static struct tally tally;
static uint64_t begun; /* requests */

namespace
{

constexpr std::chrono::seconds patience(30);

tcp::socket &socket_of(tcp::socket &socket)
{
	return socket;
}

tcp::socket &socket_of(beast::tcp_stream &stream)
{
	return stream.socket();
}

void be_patient(tcp::socket &)
{
}

void be_patient(beast::tcp_stream &stream)
{
	stream.expires_after(patience);
}

/* Where one request runs at a time. */
template <class Stream> class slot
{
      public:
	explicit slot(asio::io_context &io) : stream(io)
	{
		request.version(11);
		request.method(http::verb::get);
		request.target(task.path);
		request.set(http::field::host, "127.0.0.1");
	}

	void connect(const tcp::endpoint &server)
	{
		socket_of(stream).connect(server);
		socket_of(stream).set_option(tcp::no_delay(true));
		begin();
	}

      private:
	void begin()
	{
		begun++;
		be_patient(stream);
		http::async_write(stream, request,
				  [this](beast::error_code error, std::size_t) {
					  must(error);
					  receive();
				  });
	}

	void receive()
	{
		parser.emplace();
		be_patient(stream);
		parser->body_limit(task.body_bytes);
		http::async_read(stream, buffer, *parser,
				 [this](beast::error_code error, std::size_t) {
					 must(error);
					 take();
				 });
	}

	void take()
	{
		const auto &response = parser->get();

		if (response.result() != http::status::ok ||
		    response.body().size() != task.body_bytes)
			task_fail(&task, "not the response that was expected");
		tally.bytes += response.body().size();
		tally_end(&tally);
		if (begun < task.requests)
			begin();
	}

	static void must(beast::error_code error)
	{
		if (error)
			task_fail(&task, error.message().c_str());
	}

	Stream stream;
	http::request<http::empty_body> request;
	beast::flat_buffer buffer; /* what came and is not parsed */
	std::optional<http::response_parser<http::string_body>>
		parser; /* of a response */
};

template <class Stream> void run(const tcp::endpoint &server)
{
	asio::io_context io(1);
	std::vector<std::unique_ptr<slot<Stream>>> slots;

	tally_begin(&tally);
	for (unsigned i = 0; i < task.at_once; i++) {
		slots.push_back(std::make_unique<slot<Stream>>(io));
		slots.back()->connect(server);
	}
	io.run();
	tally_print(&tally);
}

} // namespace

int main(int argc, char **argv)
{
	task_read(&task, argc, argv);
	tcp::endpoint server(asio::ip::address_v4::loopback(),
			     static_cast<uint16_t>(strtoul(task.port, nullptr, 10)));
	if (task_has(&task, "stream"))
		run<beast::tcp_stream>(server);
	else
		run<tcp::socket>(server);
	return tally.requests == task.requests ? 0 : 1;
}
