/* SPDX-License-Identifier: MIT */
/*
 * C++: __uuidof(what) is the identity of an interface or class, a const GUID. what: a
 * type, a pointer or reference to one, or an expression of such a type, which is not
 * evaluated. Its address is a constant, from C++17 on also as the argument of a template.
 * It stands for ixhr2::iid_of<type>::value(). Included by guiddef.h.
 *
 * All interfaces of these headers have one. A program gives one to its own by any of
 *
 *	DECLARE_INTERFACE_IID_(IMine, IUnknown, "8e6f1979-...") { ... };
 *	IXHR2_UUID(IMine, "8e6f1979-...")
 *	IXHR2_IID_OF(IMine, IID_IMine)
 *	__CRT_UUID_DECL(IMine, 0x8e6f1979, ...)
 *
 * The second stands behind a declaration of IMine, in the same namespace; the last two
 * outside every namespace, as in what MinGW's MIDL compiler writes.
 *
 * What MIDL_INTERFACE("..."), DECLSPEC_UUID("...") and __declspec(uuid("...")) say in
 * front of a name reaches __uuidof with clang++ -fms-extensions alone. Other compilers
 * pass over it: they have no attribute whose text a program could ask a type for. There
 * one line of the above is wanted besides, if the program asks for __uuidof(IMine) at
 * all; without it the compiler says so.
 */
#ifndef IXHR2_UUIDOF_H
#define IXHR2_UUIDOF_H

#ifdef __cplusplus
#include "guidbase.h"

#ifdef __has_declspec_attribute
#if __has_declspec_attribute(uuid)
#define IXHR2_HAS_UUIDOF
#endif
#endif

namespace ixhr2
{
/* Stands for the type T where functions are chosen. */
template <class T> struct type_name {
};

/* The value of a hexadecimal digit; 16: it is none. */
constexpr unsigned hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
	       : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
	       : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
				      : 16u;
}

/* The number that `digits` hexadecimal digits write. */
constexpr unsigned hex_number(const char *text, unsigned digits, unsigned before = 0)
{
	return digits == 0
		       ? before
		       : hex_number(text + 1, digits - 1, before << 4 | hex_digit(*text));
}

/* One byte of two hexadecimal digits. */
constexpr unsigned char hex_byte(const char *text)
{
	return static_cast<unsigned char>(hex_number(text, 2));
}

/* Whether the 36 characters from the i-th on are those of a GUID. */
constexpr bool is_guid_text(const char *text, unsigned i = 0)
{
	return i == 36 ||
	       ((i == 8 || i == 13 || i == 18 || i == 23 ? text[i] == '-'
							 : hex_digit(text[i]) < 16) &&
		is_guid_text(text, i + 1));
}

/* Whether the characters are a GUID, in braces or not. size counts the zero. */
constexpr bool is_guid_literal(const char *text, size_t size)
{
	return (size == 37 && is_guid_text(text)) ||
	       (size == 39 && text[0] == '{' && text[37] == '}' &&
		is_guid_text(text + 1));
}

/* The GUID of 36 characters. */
constexpr GUID guid_of_text(const char *text)
{
	return GUID{hex_number(text, 8),
		    static_cast<uint16_t>(hex_number(text + 9, 4)),
		    static_cast<uint16_t>(hex_number(text + 14, 4)),
		    {hex_byte(text + 19), hex_byte(text + 21), hex_byte(text + 24),
		     hex_byte(text + 26), hex_byte(text + 28), hex_byte(text + 30),
		     hex_byte(text + 32), hex_byte(text + 34)}};
}

/* False, once T is known. */
template <class T> struct is_identified {
	static constexpr bool value = false; /* for a message */
};

/* The identity of T that IXHR2_UUID gave, found by the namespace of T, or
 * __CRT_UUID_DECL, by that of type_name. */
template <class T> struct uuid_of {
	static const GUID value; /* made by the compiler */
};
template <class T> const GUID uuid_of<T>::value = ixhr2_uuid_of(type_name<T>());

/* The first is chosen where one of them gave T an identity, the second otherwise. */
template <class T>
constexpr auto find_uuid(int)
	-> decltype(ixhr2_uuid_of(type_name<T>()), &uuid_of<T>::value)
{
	return &uuid_of<T>::value;
}
template <class T> constexpr const GUID *find_uuid(long)
{
#ifdef IXHR2_HAS_UUIDOF
	return &__extension__ __uuidof(T);
#else
	static_assert(is_identified<T>::value, "no IXHR2_UUID(type, \"...\") is given");
	return nullptr;
#endif
}

/* The identity of the interface or class T. */
template <class T> struct iid_of {
	static constexpr const IID &value()
	{
		return *find_uuid<T>(0);
	}
};
template <class T> struct iid_of<T &> : iid_of<T> {
};
template <class T> struct iid_of<T &&> : iid_of<T> {
};
template <class T> struct iid_of<T *> : iid_of<T> {
};
template <class T> struct iid_of<const T> : iid_of<T> {
};
} // namespace ixhr2

#define __uuidof(...) (::ixhr2::iid_of<__typeof__(__VA_ARGS__)>::value())

#define IXHR2_UUID(name, text)                                                           \
	static_assert(::ixhr2::is_guid_literal(text, sizeof(text)), "no GUID: " text);   \
	constexpr ::GUID ixhr2_uuid_of(::ixhr2::type_name<name>)                         \
	{                                                                                \
		return ::ixhr2::guid_of_text(&text[sizeof(text) == 39]);                 \
	}

#define IXHR2_IID_OF(type, guid)                                                         \
	namespace ixhr2                                                                  \
	{                                                                                \
	template <> struct iid_of<type> {                                                \
		static constexpr const IID &value()                                      \
		{                                                                        \
			return guid;                                                     \
		}                                                                        \
	};                                                                               \
	}

#define __CRT_UUID_DECL(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                 \
	namespace ixhr2                                                                  \
	{                                                                                \
	constexpr GUID ixhr2_uuid_of(type_name<type>)                                    \
	{                                                                                \
		return GUID{l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}};                \
	}                                                                                \
	}
#endif

#endif
