/* SPDX-License-Identifier: MIT */
/*
 * Replaces the allocation of C++ in the program that includes it, so that a test can make
 * the next `new (std::nothrow)` answer NULL.
 */
#ifndef IXHR2_TESTS_WIN_WRL_MEMORY_H
#define IXHR2_TESTS_WIN_WRL_MEMORY_H

#include <cstdlib>
#include <new>

/* Whether the next allocation that may answer NULL does. Set by one thread while no other
 * allocates. */
static bool is_memory_out;

static void *memory_or_abort(std::size_t bytes)
{
	void *at = std::malloc(bytes ? bytes : 1);

	if (!at)
		std::abort();
	return at;
}

static void *memory_or_null(std::size_t bytes)
{
	if (!is_memory_out)
		return memory_or_abort(bytes);
	is_memory_out = false;
	return nullptr;
}

void *operator new(std::size_t bytes)
{
	return memory_or_abort(bytes);
}

void *operator new[](std::size_t bytes)
{
	return memory_or_abort(bytes);
}

void *operator new(std::size_t bytes, const std::nothrow_t &) noexcept
{
	return memory_or_null(bytes);
}

void *operator new[](std::size_t bytes, const std::nothrow_t &) noexcept
{
	return memory_or_null(bytes);
}

void operator delete(void *at) noexcept
{
	std::free(at);
}

void operator delete[](void *at) noexcept
{
	std::free(at);
}

void operator delete(void *at, std::size_t) noexcept
{
	std::free(at);
}

void operator delete[](void *at, std::size_t) noexcept
{
	std::free(at);
}

void operator delete(void *at, const std::nothrow_t &) noexcept
{
	std::free(at);
}

void operator delete[](void *at, const std::nothrow_t &) noexcept
{
	std::free(at);
}

#endif
