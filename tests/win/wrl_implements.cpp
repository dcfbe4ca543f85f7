/* SPDX-License-Identifier: MIT */
/*
 * RuntimeClass and Make: which interfaces an object has, as which pointer, how long it
 * lives, and what is left when making one fails.
 */
#include "wrl_memory.h"
#include "wrl_test.h"

#include <atomic>
#include <cstdlib>
#include <thread>
#include <type_traits>
#include <vector>

#include <ixhr2/msxml6.h>
#include <ixhr2/wrl.h>

using namespace Microsoft::WRL;
using namespace Microsoft::WRL::Details;

/* Of base/mem.h, which is for C alone: the n-th allocation of the library fails. */
extern "C" void mem_fail_at(unsigned long n);

/* Objects that are alive. */
static std::atomic<int> alive;

/* Counts the object that it is part of. */
struct Life {
	Life()
	{
		alive++;
	}

	~Life()
	{
		alive--;
	}

	Life(const Life &) = delete;
	Life &operator=(const Life &) = delete;
};

/* One interface. */
class Shape : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IShape>
{
      public:
	explicit Shape(int sides = 3) : sides_(sides)
	{
	}

	STDMETHODIMP_(int) Sides() override
	{
		return sides_;
	}

      private:
	Life life;
	int sides_; /* what it answers */
};

/* Two that have nothing to do with each other. */
class Bell : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IShape, ISound, FtmBase>
{
      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 1;
	}

	STDMETHODIMP_(int) Pitch() override
	{
		return 440;
	}

      private:
	Life life;
};

/* An interface and all that it extends, in three forms. */
template <class Base> class LabelledOf : public Base
{
      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 5;
	}

	STDMETHODIMP_(int) Colour() override
	{
		return 6;
	}

	STDMETHODIMP_(int) Label() override
	{
		return 7;
	}

      private:
	Life life;
};

typedef LabelledOf<RuntimeClass<RuntimeClassFlags<ClassicCom>,
				ChainInterfaces<ILabelledShape, IColouredShape, IShape>>>
	Chained;
typedef LabelledOf<RuntimeClass<RuntimeClassFlags<ClassicCom>, ILabelledShape, IShape,
				IColouredShape>>
	Listed;
typedef LabelledOf<RuntimeClass<RuntimeClassFlags<ClassicCom>, IUnknown, IShape,
				IColouredShape, ILabelledShape>>
	ListedUpwards;
typedef LabelledOf<
	RuntimeClass<RuntimeClassFlags<ClassicCom>,
		     ChainInterfaces<CloakedIid<ILabelledShape>,
				     CloakedIid<IColouredShape>, CloakedIid<IShape>>>>
	Cloaked;

/* A list as an entry of another one. */
struct Noise : public Implements<RuntimeClassFlags<ClassicCom>, ISound, FtmBase> {
	STDMETHODIMP_(int) Pitch() override
	{
		return 55;
	}
};

class Drum : public RuntimeClass<RuntimeClassFlags<ClassicCom>,
				 ChainInterfaces<IColouredShape, IShape>, Noise, FtmBase>
{
      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 2;
	}

	STDMETHODIMP_(int) Colour() override
	{
		return 9;
	}

      private:
	Life life;
};

/* Classes of the Windows Runtime: with and without an interface of it. */
class Hill : public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix>, IPlace,
				 CloakedIid<ISound>, IShape>
{
	InspectableClass(OLESTR("Land.Hill"), PartialTrust)

		public : STDMETHODIMP_(int) Height() override
	{
		return 80;
	}

	STDMETHODIMP_(int) Pitch() override
	{
		return 1;
	}

	STDMETHODIMP_(int) Sides() override
	{
		return 0;
	}
};

class Mole : public RuntimeClass<RuntimeClassFlags<WinRtClassicComMix | InhibitFtmBase>,
				 IShape>
{
      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 0;
	}
};

class Valley : public RuntimeClass<IPlace>
{
      public:
	STDMETHODIMP_(int) Height() override
	{
		return -80;
	}
};

/* Friends, as programs declare them. */
class Shy : public Microsoft::WRL::RuntimeClass<RuntimeClassFlags<ClassicCom>,
						IColouredShape>
{
      private:
	Life life;
	int colour = 0; /* what it answers */

	Shy()
	{
	}

	~Shy()
	{
	}

	STDMETHODIMP RuntimeClassInitialize()
	{
		colour = 1;
		return S_OK;
	}

	STDMETHODIMP RuntimeClassInitialize(int given, HRESULT answer)
	{
		colour = given;
		return answer;
	}

	friend HRESULT Microsoft::WRL::Details::MakeAndInitialize<Shy, Shy>(Shy **);
	friend HRESULT
	Microsoft::WRL::Details::MakeAndInitialize<Shy, Shy, int, HRESULT>(Shy **, int &&,
									   HRESULT &&);
	friend HRESULT
	Microsoft::WRL::MakeAndInitialize<Shy, IColouredShape, int &, HRESULT>(
		IColouredShape **, int &, HRESULT &&);
	friend Microsoft::WRL::ComPtr<Shy> Microsoft::WRL::Details::Make<Shy>();

      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 8;
	}

	STDMETHODIMP_(int) Colour() override
	{
		return colour;
	}
};

/* The same name without Details. */
class Shyer : public RuntimeClass<RuntimeClassFlags<RuntimeClassType::ClassicCom>, IShape>
{
	Shyer() = default;
	friend ComPtr<Shyer> Microsoft::WRL::Make<Shyer>();
	friend HRESULT Microsoft::WRL::MakeAndInitialize<Shyer, Shyer>(Shyer **);

      public:
	STDMETHODIMP_(int) Sides() override
	{
		return 9;
	}
};

static_assert(!std::is_copy_constructible<Shape>::value, "an object has one identity");
static_assert(!std::is_copy_assignable<Shape>::value, "an object has one identity");
static_assert(std::has_virtual_destructor<Shape>::value, "deleted as its base");
static_assert(std::is_convertible<Listed *, IShape *>::value, "not twice");
static_assert(std::is_convertible<Listed *, IUnknown *>::value, "not twice");
static_assert(std::is_convertible<ListedUpwards *, IColouredShape *>::value, "not twice");

/* Whether the object that from is of has the interface I. */
template <class I> static bool has(IUnknown *from)
{
	ComPtr<I> found;
	HRESULT hr = from->QueryInterface(IID_PPV_ARGS(&found));

	assert_int_equal(hr, found ? S_OK : E_NOINTERFACE);
	return found;
}

/* The reference that AddRef takes is the first besides count. */
static void assert_references(IUnknown *of, ULONG count)
{
	assert_int_equal(of->AddRef(), count + 1);
	assert_int_equal(of->Release(), count);
}

static int leave_nothing(void **)
{
	assert_int_equal(alive.load(), 0);
	assert_false(is_memory_out);
	return 0;
}

static void an_object_lives_until_its_last_release(void **)
{
	ComPtr<Shape> made = Make<Shape>();
	ComPtr<IShape> shape(made);
	ComPtr<IShape> moved(Make<Shape>(6));

	assert_int_equal(alive.load(), 2);
	assert_references(made.Get(), 2);
	assert_int_equal(made->Sides(), 3);
	assert_int_equal(moved->Sides(), 6);
	assert_int_equal(made.Reset(), 1);
	assert_int_equal(alive.load(), 2);
	assert_int_equal(shape.Reset(), 0);
	assert_int_equal(alive.load(), 1);
}

static void an_object_may_stand_in_a_block(void **)
{
	Shape shape;

	assert_references(&shape, 1);
	assert_true(has<IShape>(&shape));
}

static void query_interface_writes_what_it_answers(void **)
{
	ComPtr<Shape> shape = Make<Shape>();
	void *out = &out;

	assert_int_equal(shape->QueryInterface(__uuidof(INobody), &out), E_NOINTERFACE);
	assert_null(out);
	assert_int_equal(shape->QueryInterface(__uuidof(IShape), nullptr), E_POINTER);
	assert_int_equal(shape->QueryInterface(__uuidof(IShape), &out), S_OK);
	assert_ptr_equal(out, static_cast<IShape *>(shape.Get()));
	assert_references(shape.Get(), 2);
	static_cast<IShape *>(out)->Release();
}

static void an_object_has_one_identity(void **)
{
	ComPtr<Bell> bell = Make<Bell>();
	ComPtr<IShape> shape;
	ComPtr<ISound> sound;
	ComPtr<IUnknown> a, b, c;

	assert_int_equal(bell.As(&shape), S_OK);
	assert_int_equal(shape.As(&sound), S_OK);
	assert_int_equal(sound->Pitch(), 440);
	assert_int_equal(shape->Sides(), 1);
	assert_int_equal(shape.As(&a), S_OK);
	assert_int_equal(sound.As(&b), S_OK);
	assert_int_equal(bell->QueryInterface(IID_PPV_ARGS(&c)), S_OK);
	assert_true(a == b && b == c);
	assert_int_equal(sound.As(&shape), S_OK);
	assert_false(has<INobody>(a.Get()));
	assert_references(sound.Get(), 6);
}

static void only_what_asks_for_it_is_agile(void **)
{
	ComPtr<Bell> bell = Make<Bell>();
	ComPtr<IUnknown> unknown;
	ComPtr<IAgileObject> agile;

	assert_int_equal(bell.As(&unknown), S_OK);
	assert_int_equal(bell.As(&agile), S_OK);
	assert_true(agile == unknown);
	assert_false(has<IAgileObject>(Make<Shape>().Get()));
}

template <class Labelled> static void assert_chain()
{
	ComPtr<Labelled> made = Make<Labelled>();
	ComPtr<ILabelledShape> labelled;
	ComPtr<IColouredShape> coloured;
	ComPtr<IShape> shape;
	ComPtr<IUnknown> unknown;

	assert_int_equal(made.As(&shape), S_OK);
	assert_int_equal(shape.As(&unknown), S_OK);
	assert_int_equal(unknown.As(&coloured), S_OK);
	assert_int_equal(coloured.As(&labelled), S_OK);
	assert_int_equal(shape->Sides(), 5);
	assert_int_equal(coloured->Colour(), 6);
	assert_int_equal(labelled->Label(), 7);
	assert_true(shape == labelled && shape == unknown && coloured == shape);
	assert_false(has<ISound>(shape.Get()));
	assert_references(shape.Get(), 5);
}

static void interfaces_that_extend_each_other_are_one(void **)
{
	assert_chain<Chained>();
	assert_chain<Listed>();
	assert_chain<ListedUpwards>();
	assert_chain<Cloaked>();
	assert_int_equal(sizeof(Chained), sizeof(Listed));
}

static void a_list_is_an_entry_of_another(void **)
{
	ComPtr<Drum> drum = Make<Drum>();
	ComPtr<ISound> sound;
	ComPtr<IShape> shape;
	ComPtr<IColouredShape> coloured;
	ComPtr<IAgileObject> agile;

	assert_int_equal(drum.As(&sound), S_OK);
	assert_int_equal(sound.As(&shape), S_OK);
	assert_int_equal(sound.As(&coloured), S_OK);
	assert_int_equal(sound.As(&agile), S_OK);
	assert_int_equal(sound->Pitch(), 55);
	assert_int_equal(shape->Sides(), 2);
	assert_int_equal(coloured->Colour(), 9);
}

/* Callbacks of requests, as programs write them. */
class Callback3 : public RuntimeClass<RuntimeClassFlags<ClassicCom>,
				      IXMLHTTPRequest3Callback, FtmBase>
{
      public:
	STDMETHODIMP OnRedirect(IXMLHTTPRequest2 *, const WCHAR *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnHeadersAvailable(IXMLHTTPRequest2 *, DWORD, const WCHAR *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnDataAvailable(IXMLHTTPRequest2 *, ISequentialStream *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnResponseReceived(IXMLHTTPRequest2 *, ISequentialStream *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnError(IXMLHTTPRequest2 *, HRESULT) override
	{
		return S_OK;
	}

	STDMETHODIMP OnServerCertificateReceived(IXMLHTTPRequest3 *, DWORD, DWORD,
						 const XHR_CERT *) override
	{
		return S_OK;
	}

	STDMETHODIMP OnClientCertificateRequested(IXMLHTTPRequest3 *, DWORD,
						  const WCHAR **) override
	{
		return S_OK;
	}
};

static void the_callback_of_a_request_is_that_of_the_older_one_too(void **)
{
	ComPtr<Callback3> callback = Make<Callback3>();
	ComPtr<IXMLHTTPRequest2Callback> second;
	ComPtr<IXMLHTTPRequest3Callback> third;

	assert_int_equal(callback.As(&second), S_OK);
	assert_int_equal(second.As(&third), S_OK);
	assert_true(second == third);
	assert_true(has<IAgileObject>(second.Get()));
	assert_false(has<IXMLHTTPRequest2>(second.Get()));
}

static void a_class_of_the_runtime_tells_its_interfaces(void **)
{
	ComPtr<Hill> hill = Make<Hill>();
	ComPtr<IInspectable> inspectable;
	ComPtr<IUnknown> unknown;
	TrustLevel level = BaseTrust;
	HSTRING name = nullptr;
	IID *iids = nullptr;
	ULONG count = 0;

	assert_int_equal(hill.As(&inspectable), S_OK);
	assert_int_equal(hill.As(&unknown), S_OK);
	assert_true(unknown == inspectable);
	assert_true(has<IAgileObject>(unknown.Get()));
	assert_true(has<ISound>(unknown.Get()));
	assert_int_equal(inspectable->GetIids(&count, &iids), S_OK);
	assert_int_equal(count, 2);
	assert_true(iids[0] == __uuidof(IPlace));
	assert_true(iids[1] == __uuidof(IShape));
	CoTaskMemFree(iids);
	count = 7;
	mem_fail_at(1);
	assert_int_equal(inspectable->GetIids(&count, &iids), E_OUTOFMEMORY);
	assert_int_equal(count, 0);
	assert_null(iids);
	assert_int_equal(inspectable->GetIids(nullptr, &iids), E_POINTER);
	assert_int_equal(inspectable->GetIids(&count, nullptr), E_POINTER);
	assert_int_equal(inspectable->GetTrustLevel(&level), S_OK);
	assert_int_equal(level, PartialTrust);
	assert_int_equal(inspectable->GetTrustLevel(nullptr), E_POINTER);
	assert_int_equal(inspectable->GetRuntimeClassName(&name), S_OK);
	assert_int_equal(WindowsGetStringLen(name), 9);
	assert_int_equal(WindowsGetStringRawBuffer(name, nullptr)[5], 'H');
	WindowsDeleteString(name);
}

static void a_class_of_the_runtime_without_such_interfaces_is_inspectable(void **)
{
	ComPtr<Mole> mole = Make<Mole>();
	ComPtr<IInspectable> inspectable;
	ComPtr<IUnknown> unknown;
	TrustLevel level = FullTrust;
	HSTRING name = nullptr;
	IID *iids = nullptr;
	ULONG count = 0;

	assert_int_equal(mole.As(&inspectable), S_OK);
	assert_int_equal(mole->QueryInterface(IID_PPV_ARGS(&unknown)), S_OK);
	assert_true(unknown == inspectable);
	assert_true(has<IShape>(unknown.Get()));
	assert_false(has<IAgileObject>(unknown.Get()));
	assert_int_equal(inspectable->GetIids(&count, &iids), S_OK);
	assert_int_equal(count, 1);
	assert_true(iids[0] == __uuidof(IShape));
	CoTaskMemFree(iids);
	assert_int_equal(inspectable->GetRuntimeClassName(&name), E_NOTIMPL);
	assert_int_equal(inspectable->GetRuntimeClassName(nullptr), E_POINTER);
	assert_int_equal(inspectable->GetTrustLevel(&level), S_OK);
	assert_int_equal(level, BaseTrust);
	assert_true(has<IPlace>(Make<Valley>().Get()));
	assert_true(has<IAgileObject>(Make<Valley>().Get()));
}

static void make_answers_nothing_when_there_is_no_memory(void **)
{
	is_memory_out = true;
	assert_true(Make<Shape>() == nullptr);
	assert_false(is_memory_out);
	assert_true(Make<Shape>() != nullptr);
}

static void make_and_initialize_answers_why_it_fails(void **)
{
	int place;
	Shy *raw = reinterpret_cast<Shy *>(&place);
	ComPtr<Shy> shy;
	ComPtr<IColouredShape> coloured;
	int colour = 3;

	is_memory_out = true;
	assert_int_equal(MakeAndInitialize<Shy>(&raw), E_OUTOFMEMORY);
	assert_null(raw);
	is_memory_out = true;
	assert_int_equal(MakeAndInitialize<Shy>(&shy), E_OUTOFMEMORY);
	assert_null(shy.Get());
	assert_int_equal((MakeAndInitialize<Shy, Shy>(&shy, 2, E_ABORT)), E_ABORT);
	assert_null(shy.Get());
	assert_int_equal((MakeAndInitialize<Shy>(&coloured, colour, E_FAIL)), E_FAIL);
	assert_null(coloured.Get());
	assert_int_equal(alive.load(), 0);
}

static void friends_make_what_is_private(void **)
{
	Shy *raw = nullptr;
	ComPtr<Shy> shy = Make<Shy>();
	ComPtr<IColouredShape> coloured;
	int colour = 3;

	assert_int_equal(shy->Colour(), 0);
	assert_int_equal(Microsoft::WRL::Details::MakeAndInitialize<Shy>(&raw), S_OK);
	assert_int_equal(raw->Colour(), 1);
	assert_int_equal(raw->Release(), 0);
	assert_int_equal(Microsoft::WRL::MakeAndInitialize<Shy>(&shy), S_OK);
	assert_int_equal(shy->Colour(), 1);
	assert_references(shy.Get(), 1);
	assert_int_equal(MakeAndInitialize<Shy>(shy.ReleaseAndGetAddressOf(), 2, S_FALSE),
			 S_OK);
	assert_int_equal(shy->Colour(), 2);
	assert_int_equal((MakeAndInitialize<Shy>(&coloured, colour, S_OK)), S_OK);
	assert_int_equal(coloured->Colour(), 3);
	assert_int_equal(Make<Shyer>()->Sides(), 9);

	ComPtr<Shyer> shyer;

	assert_int_equal(MakeAndInitialize<Shyer>(&shyer), S_OK);
}

/* In its destructor it takes a reference of itself, and drops it. */
class Sulky : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IShape>
{
      public:
	~Sulky() override
	{
		ComPtr<IShape> self(this);

		assert_true(has<IUnknown>(this));
	}

	STDMETHODIMP_(int) Sides() override
	{
		return 0;
	}

      private:
	Life life;
};

static void a_destructor_may_use_its_object(void **)
{
	assert_int_equal(Make<Sulky>().Reset(), 0);
	assert_int_equal(alive.load(), 0);
}

/* Overrides what RuntimeClass brings. */
class Loud : public RuntimeClass<RuntimeClassFlags<ClassicCom>, IShape>
{
      public:
	STDMETHODIMP QueryInterface(REFIID riid, void **out) override
	{
		asked++;
		return RuntimeClass::QueryInterface(riid, out);
	}

	STDMETHODIMP_(int) Sides() override
	{
		return 0;
	}

	int asked = 0; /* how often */
};

static void a_class_may_override_query_interface(void **)
{
	ComPtr<Loud> loud = Make<Loud>();

	assert_true(has<IShape>(loud.Get()));
	assert_false(has<ISound>(loud.Get()));
	assert_int_equal(loud->asked, 2);
}

static void references_are_counted_by_all_threads(void **)
{
	enum { THREADS = 8, ROUNDS = 20000 };
	ComPtr<IShape> shape(Make<Bell>());
	std::vector<std::thread> threads;

	for (int i = 0; i < THREADS; i++)
		threads.emplace_back([shape]() mutable {
			for (int n = 0; n < ROUNDS; n++) {
				ComPtr<IShape> copy(shape);
				ComPtr<ISound> sound;

				if (FAILED(copy.As(&sound)) || sound->Pitch() != 440)
					std::abort();
			}
			shape.Reset();
		});
	shape.Reset();
	for (std::thread &thread : threads)
		thread.join();
	assert_int_equal(alive.load(), 0);
}

static void the_last_release_may_come_on_any_thread(void **)
{
	for (int round = 0; round < 200; round++) {
		ComPtr<Shape> shape = Make<Shape>(round);
		ComPtr<Shape> other(shape);
		std::thread thread([](ComPtr<Shape> mine) { mine.Reset(); },
				   std::move(other));

		shape.Reset();
		thread.join();
		assert_int_equal(alive.load(), 0);
	}
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_object_lives_until_its_last_release,
					  leave_nothing),
		cmocka_unit_test_teardown(an_object_may_stand_in_a_block, leave_nothing),
		cmocka_unit_test_teardown(query_interface_writes_what_it_answers,
					  leave_nothing),
		cmocka_unit_test_teardown(an_object_has_one_identity, leave_nothing),
		cmocka_unit_test_teardown(only_what_asks_for_it_is_agile, leave_nothing),
		cmocka_unit_test_teardown(interfaces_that_extend_each_other_are_one,
					  leave_nothing),
		cmocka_unit_test_teardown(a_list_is_an_entry_of_another, leave_nothing),
		cmocka_unit_test_teardown(
			the_callback_of_a_request_is_that_of_the_older_one_too,
			leave_nothing),
		cmocka_unit_test_teardown(a_class_of_the_runtime_tells_its_interfaces,
					  leave_nothing),
		cmocka_unit_test_teardown(
			a_class_of_the_runtime_without_such_interfaces_is_inspectable,
			leave_nothing),
		cmocka_unit_test_teardown(make_answers_nothing_when_there_is_no_memory,
					  leave_nothing),
		cmocka_unit_test_teardown(make_and_initialize_answers_why_it_fails,
					  leave_nothing),
		cmocka_unit_test_teardown(friends_make_what_is_private, leave_nothing),
		cmocka_unit_test_teardown(a_destructor_may_use_its_object, leave_nothing),
		cmocka_unit_test_teardown(a_class_may_override_query_interface,
					  leave_nothing),
		cmocka_unit_test_teardown(references_are_counted_by_all_threads,
					  leave_nothing),
		cmocka_unit_test_teardown(the_last_release_may_come_on_any_thread,
					  leave_nothing),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
