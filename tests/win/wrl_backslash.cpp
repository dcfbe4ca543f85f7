// SPDX-License-Identifier: MIT
//
// Headers by their names with backslashes, as Windows programs write them.

extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}
#undef fail

#include <wrl\client.h>
#include <wrl\event.h>
#include <wrl\ftm.h>
#include <wrl\implements.h>
#include <wrl\wrappers\corewrappers.h>

using namespace Microsoft::WRL;

class Nothing : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IUnknown, FtmBase>
{
};

static void test_headers_are_found_by_names_with_backslashes(void **)
{
	ComPtr<Nothing> nothing = Make<Nothing>();
	Wrappers::HandleT<Wrappers::HandleTraits::HANDLENullTraits> handle;
	EventSource<IUnknown> source;

	assert_non_null(nothing.Get());
	assert_false(handle.IsValid());
	assert_int_equal(source.GetSize(), 0);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_are_found_by_names_with_backslashes),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
