/* SPDX-License-Identifier: MIT */
/* ComPtr: who holds how many references, after each thing that it can do. */
#include "wrl_test.h"

#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include <ixhr2/wrl/client.h>

using namespace Microsoft::WRL;

static_assert(sizeof(ComPtr<IShape>) == sizeof(void *), "a pointer and nothing else");
static_assert(std::is_same<ComPtr<IShape>::InterfaceType, IShape>::value, "named");
static_assert(std::is_convertible<ComPtr<IColouredShape>, ComPtr<IShape>>::value, "up");
static_assert(!std::is_convertible<ComPtr<IShape>, ComPtr<IColouredShape>>::value,
	      "down");
static_assert(!std::is_convertible<ComPtr<IShape>, ComPtr<ISound>>::value, "aside");
static_assert(!std::is_convertible<ComPtr<IShape>, int>::value, "no number");
static_assert(!std::is_convertible<ComPtr<IShape>, void *>::value, "no pointer");
static_assert(std::is_nothrow_move_constructible<ComPtr<IShape>>::value, "in a vector");

/* An object that the test owns, so that it can be counted to the end. */
class Square : public IColouredShape
{
      public:
	virtual ~Square()
	{
	}

	STDMETHODIMP QueryInterface(REFIID riid, void **out) override
	{
		*out = nullptr;
		if (riid != __uuidof(IUnknown) && riid != __uuidof(IShape) &&
		    riid != __uuidof(IColouredShape))
			return E_NOINTERFACE;
		*out = static_cast<IColouredShape *>(this);
		AddRef();
		return S_OK;
	}

	STDMETHODIMP_(ULONG) AddRef() override
	{
		return ++refs;
	}

	STDMETHODIMP_(ULONG) Release() override
	{
		refs--;
		if (holder)
			holder->Reset();
		return refs;
	}

	STDMETHODIMP_(int) Sides() override
	{
		return 4;
	}

	STDMETHODIMP_(int) Colour() override
	{
		return 7;
	}

	ULONG refs = 0;			  /* references that were taken */
	ComPtr<IShape> *holder = nullptr; /* emptied in Release, or NULL */
};

/* Gives one reference in the ways in which calls do. */
static void give(Square *square, IShape **out)
{
	square->AddRef();
	*out = square;
}

static void give_unknown(Square *square, IUnknown **out)
{
	square->AddRef();
	*out = square;
}

static void give_any(Square *square, void **out)
{
	square->AddRef();
	*out = static_cast<IShape *>(square);
}

static void give_held(Square *square, ComPtr<IShape> *out)
{
	assert_null(out->Get());
	*out = square;
}

static void an_empty_pointer_holds_nothing(void **)
{
	ComPtr<IShape> empty;
	ComPtr<IShape> null = nullptr;
	ComPtr<IShape> zero(NULL);
	ComPtr<IShape> copy(empty);
	ComPtr<IUnknown> other(empty);

	assert_null(empty.Get());
	assert_null(null.Get());
	assert_null(zero.Get());
	assert_null(copy.Get());
	assert_null(other.Get());
	assert_null(empty.Detach());
	assert_int_equal(empty.Reset(), 0);
}

static void every_pointer_has_a_reference_of_its_own(void **)
{
	Square square;
	{
		ComPtr<IShape> from_derived(&square);
		ComPtr<IColouredShape> from_pointer =
			static_cast<IColouredShape *>(&square);
		assert_int_equal(square.refs, 2);

		ComPtr<IShape> copy(from_derived);
		ComPtr<IShape> converted(from_pointer);
		assert_int_equal(square.refs, 4);

		std::vector<ComPtr<IShape>> many(3, copy);
		assert_int_equal(square.refs, 7);
		many.erase(many.begin());
		assert_int_equal(square.refs, 6);
		assert_int_equal(many[0]->Sides(), 4);
		assert_int_equal((*many[0].Get()).Sides(), 4);
	}
	assert_int_equal(square.refs, 0);
}

static void moving_takes_no_reference(void **)
{
	Square square;
	ComPtr<IColouredShape> first(&square);
	ComPtr<IColouredShape> second(std::move(first));

	assert_null(first.Get());
	assert_int_equal(square.refs, 1);

	ComPtr<IShape> third(std::move(second));

	assert_null(second.Get());
	assert_ptr_equal(third.Get(), &square);
	assert_int_equal(square.refs, 1);

	ComPtr<IUnknown> fourth;

	fourth = std::move(third);
	assert_null(third.Get());
	assert_int_equal(square.refs, 1);
	fourth = nullptr;
	assert_int_equal(square.refs, 0);
}

static void assigning_drops_what_was_held(void **)
{
	Square one, two;
	ComPtr<IShape> shape(&one);
	ComPtr<IColouredShape> coloured(&two);

	shape = &two; /* of a derived class */
	assert_int_equal(one.refs, 0);
	assert_int_equal(two.refs, 2);
	shape = static_cast<IShape *>(&one);
	assert_int_equal(one.refs, 1);
	shape = coloured;
	assert_int_equal(one.refs, 0);
	assert_int_equal(two.refs, 2);
	shape = ComPtr<IShape>(&one);
	assert_int_equal(one.refs, 1);
	assert_int_equal(two.refs, 1);
	coloured = nullptr;
	shape = coloured;
	assert_int_equal(one.refs, 0);
	assert_int_equal(two.refs, 0);
	assert_null(shape.Get());
}

static void every_spelling_of_null_is_assigned(void **)
{
	Square square;
	ComPtr<IShape> shape;
	IShape *const null = nullptr;

	for (int i = 0; i < 5; i++) {
		shape = &square;
		assert_int_equal(square.refs, 1);
		if (i == 0)
			shape = nullptr;
		else if (i == 1)
			shape = NULL;
		else if (i == 2)
			shape = 0;
		else if (i == 3)
			shape = {};
		else
			shape = null;
		assert_int_equal(square.refs, 0);
		assert_null(shape.Get());
	}
}

static void the_identity_of_a_pointer_is_that_of_its_interface(void **)
{
	ComPtr<IColouredShape> shape;
	const ComPtr<IColouredShape> constant;

	assert_true(__uuidof(shape) == __uuidof(IColouredShape));
	assert_true(__uuidof(constant) == __uuidof(IColouredShape));
	assert_true(__uuidof(&shape) == __uuidof(IColouredShape));
	assert_true(__uuidof(ComPtr<ISound>) == __uuidof(ISound));
}

static void a_pointer_assigned_to_itself_stays(void **)
{
	Square square;
	ComPtr<IShape> shape(&square);
	ComPtr<IShape> &same = shape;

	shape = same;
	assert_int_equal(square.refs, 1);
	shape = shape.Get();
	assert_int_equal(square.refs, 1);
	shape = std::move(same);
	assert_int_equal(square.refs, 1);
	assert_ptr_equal(shape.Get(), &square);
}

static void the_address_drops_what_was_held(void **)
{
	Square old, square;
	ComPtr<IShape> shape(&old);

	give(&square, &shape);
	assert_int_equal(old.refs, 0);
	assert_int_equal(square.refs, 1);
	give_any(&square, &shape);
	assert_int_equal(square.refs, 1);
	give_any(&square, (void **)&shape);
	give_any(&square, static_cast<void **>(&shape));
	assert_int_equal(square.refs, 1);
	give_unknown(&square, &shape);
	give_unknown(&square, (IUnknown **)&shape);
	assert_int_equal(square.refs, 1);
	give_held(&square, &shape);
	assert_int_equal(square.refs, 1);
	give(&square, (&shape).ReleaseAndGetAddressOf());
	assert_int_equal(square.refs, 1);
	assert_ptr_equal(*&shape, &square);
	assert_int_equal((*&shape)->Sides(), 4);
	assert_ptr_equal(*(&shape).GetAddressOf(), &square);
	assert_int_equal(square.refs, 1);
}

static void the_address_of_an_unknown_is_taken(void **)
{
	Square square;
	ComPtr<IUnknown> unknown;

	give_unknown(&square, &unknown);
	give_unknown(&square, &unknown);
	assert_int_equal(square.refs, 1);
}

static void the_address_of_a_constant_keeps_what_is_held(void **)
{
	Square square;
	const ComPtr<IShape> shape(&square);
	const ComPtr<IShape> *at = &shape;

	assert_ptr_equal(at->Get(), &square);
	assert_int_equal(square.refs, 1);
	assert_true(&shape == &shape);
	assert_false(&shape != &*at);
}

static void the_identity_is_that_of_the_interface(void **)
{
	Square square;
	IUnknown *unknown = &square;
	ComPtr<IColouredShape> coloured;
	ComPtr<ISound> sound;

	assert_int_equal(unknown->QueryInterface(IID_PPV_ARGS(&coloured)), S_OK);
	assert_int_equal(unknown->QueryInterface(IID_PPV_ARGS(&coloured)), S_OK);
	assert_int_equal(square.refs, 1);
	assert_int_equal(
		unknown->QueryInterface(IID_PPV_ARGS(coloured.ReleaseAndGetAddressOf())),
		S_OK);
	assert_int_equal(square.refs, 1);
	assert_int_equal(unknown->QueryInterface(__uuidof(IColouredShape), &coloured),
			 S_OK);
	assert_int_equal(unknown->QueryInterface(__uuidof(*coloured.Get()), &coloured),
			 S_OK);
	assert_int_equal(square.refs, 1);
	assert_int_equal(unknown->QueryInterface(IID_PPV_ARGS(&sound)), E_NOINTERFACE);
	assert_null(sound.Get());
}

static void get_address_of_keeps_what_is_held(void **)
{
	Square square, other;
	ComPtr<IShape> shape(&square);
	IShape *const *at = shape.GetAddressOf();

	assert_ptr_equal(*at, &square);
	assert_int_equal(square.refs, 1);
	give(&other, shape.ReleaseAndGetAddressOf());
	assert_int_equal(square.refs, 0);
	assert_ptr_equal(*static_cast<const ComPtr<IShape> &>(shape).GetAddressOf(),
			 &other);
}

static void references_are_taken_over_and_given_away(void **)
{
	Square one, two;
	ComPtr<IShape> shape(&one);

	two.AddRef();
	shape.Attach(&two);
	assert_int_equal(one.refs, 0);
	assert_int_equal(two.refs, 1);

	IShape *mine = shape.Detach();

	assert_null(shape.Get());
	assert_int_equal(two.refs, 1);
	shape.Attach(mine);
	assert_int_equal(shape.Reset(), 0);
	assert_int_equal(two.refs, 0);
	assert_int_equal(shape.Reset(), 0);
}

static void two_are_swapped(void **)
{
	Square one, two;
	ComPtr<IShape> a(&one), b(&two);

	a.Swap(b);
	assert_ptr_equal(a.Get(), &two);
	assert_ptr_equal(b.Get(), &one);
	a.Swap(ComPtr<IShape>(&one));
	assert_ptr_equal(a.Get(), &one);
	assert_int_equal(one.refs, 2);
	assert_int_equal(two.refs, 0);
}

static void copies_have_references_of_their_own(void **)
{
	Square square;
	ComPtr<IShape> shape(&square);
	ComPtr<IShape> empty;
	IShape *same = nullptr;
	IColouredShape *coloured = nullptr;
	ISound *sound = nullptr;
	void *any = nullptr;

	assert_int_equal(shape.CopyTo(&same), S_OK);
	assert_int_equal(shape.CopyTo(&coloured), S_OK);
	assert_int_equal(shape.CopyTo(__uuidof(IUnknown), &any), S_OK);
	assert_ptr_equal(same, &square);
	assert_int_equal(square.refs, 4);
	assert_int_equal(shape.CopyTo(&sound), E_NOINTERFACE);
	assert_null(sound);
	same->Release();
	coloured->Release();
	static_cast<IUnknown *>(any)->Release();
	assert_int_equal(empty.CopyTo(&same), S_OK);
	assert_null(same);

	ComPtr<IShape> other;

	assert_int_equal(shape.CopyTo(other.GetAddressOf()), S_OK);
	assert_int_equal(square.refs, 2);
}

static void another_interface_is_asked_for(void **)
{
	Square square, old;
	ComPtr<IShape> shape(&square);
	ComPtr<IColouredShape> coloured(&old);
	ComPtr<IUnknown> unknown(&old);
	ComPtr<ISound> sound;

	assert_int_equal(shape.As(&coloured), S_OK);
	assert_int_equal(coloured->Colour(), 7);
	assert_int_equal(square.refs, 2);

	ComPtr<IColouredShape> *at = &coloured; /* emptied by the & */

	assert_int_equal(square.refs, 1);
	assert_int_equal(shape.As(at), S_OK);
	assert_int_equal(square.refs, 2);
	assert_int_equal(shape.AsIID(__uuidof(IColouredShape), &unknown), S_OK);
	assert_int_equal(square.refs, 3);
	assert_int_equal(old.refs, 0);
	assert_int_equal(shape.As(&sound), E_NOINTERFACE);
	assert_null(sound.Get());
}

static bool holds(const ComPtr<IShape> &shape)
{
	return shape;
}

static void conditions_ask_whether_it_holds(void **)
{
	Square square;
	ComPtr<IShape> shape(&square), empty;
	bool is_held = shape;

	assert_true(is_held);
	assert_true(holds(shape));
	assert_false(holds(empty));
	assert_true(!empty);
	assert_false(!shape);
	assert_true(shape && !empty);
	if (empty)
		assert_true(false);
	assert_int_equal(shape ? 1 : 2, 1);
}

static void pointers_are_compared(void **)
{
	Square one, two;
	ComPtr<IShape> a(&one), b(&two), empty;
	ComPtr<IColouredShape> coloured(&one);

	assert_true(a == coloured);
	assert_true(coloured == a);
	assert_true(a != b);
	assert_false(a == b);
	assert_true(a != nullptr);
	assert_true(nullptr != a);
	assert_true(empty == nullptr);
	assert_true(nullptr == empty);
	assert_true(empty == NULL);
	assert_true(a != NULL);
	assert_true((a < b) != (b < a));

	std::map<ComPtr<IShape>, int> numbers;

	numbers[a] = 1;
	numbers[b] = 2;
	assert_int_equal(numbers[a], 1);
	assert_int_equal(numbers.size(), 2);
}

static void what_release_runs_may_come_back(void **)
{
	Square square, other;
	ComPtr<IShape> shape(&square);

	square.holder = &shape;
	shape.Reset();
	assert_int_equal(square.refs, 0);
	shape = &square;
	shape = &other;
	assert_int_equal(square.refs, 0);
	assert_null(shape.Get()); /* the old one has dropped the new one */
	assert_int_equal(other.refs, 0);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_pointer_holds_nothing),
		cmocka_unit_test(every_pointer_has_a_reference_of_its_own),
		cmocka_unit_test(moving_takes_no_reference),
		cmocka_unit_test(assigning_drops_what_was_held),
		cmocka_unit_test(every_spelling_of_null_is_assigned),
		cmocka_unit_test(the_identity_of_a_pointer_is_that_of_its_interface),
		cmocka_unit_test(a_pointer_assigned_to_itself_stays),
		cmocka_unit_test(the_address_drops_what_was_held),
		cmocka_unit_test(the_address_of_an_unknown_is_taken),
		cmocka_unit_test(the_address_of_a_constant_keeps_what_is_held),
		cmocka_unit_test(the_identity_is_that_of_the_interface),
		cmocka_unit_test(get_address_of_keeps_what_is_held),
		cmocka_unit_test(references_are_taken_over_and_given_away),
		cmocka_unit_test(two_are_swapped),
		cmocka_unit_test(copies_have_references_of_their_own),
		cmocka_unit_test(another_interface_is_asked_for),
		cmocka_unit_test(conditions_ask_whether_it_holds),
		cmocka_unit_test(pointers_are_compared),
		cmocka_unit_test(what_release_runs_may_come_back),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
