/* SPDX-License-Identifier: MIT */
/*
 * The types of automation: BSTR, VARIANT, IDispatch, IErrorInfo. A program needs them for
 * objects that answer for IDispatch, if only with E_NOTIMPL; nothing in this library
 * calls IDispatch. Functions on them are in oleauto.h. See unknwn.h for how interfaces
 * look in C and C++.
 */
#ifndef IXHR2_OAIDL_H
#define IXHR2_OAIDL_H

#include "unknwn.h"

DEFINE_OLEGUID(IID_IDispatch, 0x00020400, 0, 0);
DEFINE_GUID(IID_IErrorInfo, 0x1cf2b120, 0x547d, 0x101b, 0x8e, 0x65, 0x08, 0x00, 0x2b,
	    0x2b, 0xd1, 0x19);

/* Text with its length in front of it; see oleauto.h. */
typedef OLECHAR *BSTR;
typedef BSTR *LPBSTR;

typedef SHORT VARIANT_BOOL, _VARIANT_BOOL; /* VARIANT_TRUE or VARIANT_FALSE */
#define VARIANT_TRUE  ((VARIANT_BOOL)-1)
#define VARIANT_FALSE ((VARIANT_BOOL)0)

typedef double DATE;	 /* days since 1899-12-30 */
typedef USHORT VARTYPE;	 /* a VARENUM */
typedef LONG DISPID;	 /* number of a member */
typedef DISPID MEMBERID; /* the same */
typedef DWORD HREFTYPE;	 /* a type that another names */

/* What a VARIANT holds (Microsoft: "VARENUM enumeration"). */
enum VARENUM {
	VT_EMPTY = 0,
	VT_NULL = 1,
	VT_I2 = 2,
	VT_I4 = 3,
	VT_R4 = 4,
	VT_R8 = 5,
	VT_CY = 6,
	VT_DATE = 7,
	VT_BSTR = 8,
	VT_DISPATCH = 9,
	VT_ERROR = 10,
	VT_BOOL = 11,
	VT_VARIANT = 12,
	VT_UNKNOWN = 13,
	VT_DECIMAL = 14,
	VT_I1 = 16,
	VT_UI1 = 17,
	VT_UI2 = 18,
	VT_UI4 = 19,
	VT_I8 = 20,
	VT_UI8 = 21,
	VT_INT = 22,
	VT_UINT = 23,
	VT_VOID = 24,
	VT_HRESULT = 25,
	VT_PTR = 26,
	VT_SAFEARRAY = 27,
	VT_CARRAY = 28,
	VT_USERDEFINED = 29,
	VT_LPSTR = 30,
	VT_LPWSTR = 31,
	VT_RECORD = 36,
	VT_INT_PTR = 37,
	VT_UINT_PTR = 38,
	VT_FILETIME = 64,
	VT_BLOB = 65,
	VT_STREAM = 66,
	VT_STORAGE = 67,
	VT_STREAMED_OBJECT = 68,
	VT_STORED_OBJECT = 69,
	VT_BLOB_OBJECT = 70,
	VT_CF = 71,
	VT_CLSID = 72,
	VT_VERSIONED_STREAM = 73,
	VT_BSTR_BLOB = 0xfff,
	VT_VECTOR = 0x1000,
	VT_ARRAY = 0x2000,
	VT_BYREF = 0x4000,
	VT_RESERVED = 0x8000,
	VT_ILLEGAL = 0xffff,
	VT_ILLEGALMASKED = 0xfff,
	VT_TYPEMASK = 0xfff
};

/* What Invoke is asked for. */
#define DISPATCH_METHOD		0x1
#define DISPATCH_PROPERTYGET	0x2
#define DISPATCH_PROPERTYPUT	0x4
#define DISPATCH_PROPERTYPUTREF 0x8

/* Numbers of members that have a meaning of their own. */
#define DISPID_UNKNOWN	   (-1)
#define DISPID_VALUE	   0
#define DISPID_PROPERTYPUT (-3)
#define DISPID_NEWENUM	   (-4)
#define DISPID_EVALUATE	   (-5)
#define DISPID_CONSTRUCTOR (-6)
#define DISPID_DESTRUCTOR  (-7)

/* An amount in ten-thousandths (Microsoft: "CY union"). */
typedef union tagCY {
	__extension__ struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		LONG Hi;  /* upper 32 bits */
		ULONG Lo; /* lower 32 bits */
#else
		ULONG Lo; /* lower 32 bits */
		LONG Hi;  /* upper 32 bits */
#endif
	};
	LONGLONG int64; /* the whole */
} CY, CURRENCY;

/* A number of 96 bits with a decimal point (Microsoft: "DECIMAL structure"). */
typedef struct tagDEC {
	USHORT wReserved; /* the type, where it is a VARIANT */
	__extension__ union {
		__extension__ struct {
			BYTE scale; /* digits behind the point */
			BYTE sign;  /* 0x80: negative */
		};
		USHORT signscale; /* both */
	};
	ULONG Hi32; /* upper 32 bits */
	__extension__ union {
		__extension__ struct {
			ULONG Lo32;  /* lower 32 bits */
			ULONG Mid32; /* those between */
		};
		ULONGLONG Lo64; /* both */
	};
} DECIMAL;

#if defined(__cplusplus) && !defined(CINTERFACE)
struct IDispatch;
struct IErrorInfo;
struct IRecordInfo;
struct ITypeInfo;
struct ITypeLib;
#else
typedef struct IDispatch IDispatch;
typedef struct IErrorInfo IErrorInfo;
typedef struct IRecordInfo IRecordInfo;
typedef struct ITypeInfo ITypeInfo;
typedef struct ITypeLib ITypeLib;
#endif
typedef struct tagSAFEARRAY SAFEARRAY; /* there are none here */
typedef IDispatch *LPDISPATCH;
typedef ITypeInfo *LPTYPEINFO;

/* A value and its type (Microsoft: "VARIANT structure"). The first member of the union
 * tells which of the others counts; with VT_BYREF the pointers do. */
typedef struct tagVARIANT VARIANT, VARIANTARG, *LPVARIANT, *LPVARIANTARG;
struct tagVARIANT {
	__extension__ union {
		__extension__ struct {
			VARTYPE vt;	 /* which member is valid */
			WORD wReserved1; /* without meaning */
			WORD wReserved2; /* without meaning */
			WORD wReserved3; /* without meaning */
			__extension__ union {
				LONGLONG llVal;		/* VT_I8 */
				LONG lVal;		/* VT_I4 */
				BYTE bVal;		/* VT_UI1 */
				SHORT iVal;		/* VT_I2 */
				FLOAT fltVal;		/* VT_R4 */
				DOUBLE dblVal;		/* VT_R8 */
				VARIANT_BOOL boolVal;	/* VT_BOOL */
				SCODE scode;		/* VT_ERROR */
				CY cyVal;		/* VT_CY */
				DATE date;		/* VT_DATE */
				BSTR bstrVal;		/* VT_BSTR, owned */
				IUnknown *punkVal;	/* VT_UNKNOWN, a reference */
				IDispatch *pdispVal;	/* VT_DISPATCH, a reference */
				SAFEARRAY *parray;	/* VT_ARRAY */
				BYTE *pbVal;		/* VT_BYREF | VT_UI1 */
				SHORT *piVal;		/* VT_BYREF | VT_I2 */
				LONG *plVal;		/* VT_BYREF | VT_I4 */
				LONGLONG *pllVal;	/* VT_BYREF | VT_I8 */
				FLOAT *pfltVal;		/* VT_BYREF | VT_R4 */
				DOUBLE *pdblVal;	/* VT_BYREF | VT_R8 */
				VARIANT_BOOL *pboolVal; /* VT_BYREF | VT_BOOL */
				SCODE *pscode;		/* VT_BYREF | VT_ERROR */
				CY *pcyVal;		/* VT_BYREF | VT_CY */
				DATE *pdate;		/* VT_BYREF | VT_DATE */
				BSTR *pbstrVal;		/* VT_BYREF | VT_BSTR */
				IUnknown **ppunkVal;	/* VT_BYREF | VT_UNKNOWN */
				IDispatch **ppdispVal;	/* VT_BYREF | VT_DISPATCH */
				SAFEARRAY **pparray;	/* VT_BYREF | VT_ARRAY */
				VARIANT *pvarVal;	/* VT_BYREF | VT_VARIANT */
				PVOID byref;		/* VT_BYREF */
				CHAR cVal;		/* VT_I1 */
				USHORT uiVal;		/* VT_UI2 */
				ULONG ulVal;		/* VT_UI4 */
				ULONGLONG ullVal;	/* VT_UI8 */
				INT intVal;		/* VT_INT */
				UINT uintVal;		/* VT_UINT */
				DECIMAL *pdecVal;	/* VT_BYREF | VT_DECIMAL */
				CHAR *pcVal;		/* VT_BYREF | VT_I1 */
				USHORT *puiVal;		/* VT_BYREF | VT_UI2 */
				ULONG *pulVal;		/* VT_BYREF | VT_UI4 */
				ULONGLONG *pullVal;	/* VT_BYREF | VT_UI8 */
				INT *pintVal;		/* VT_BYREF | VT_INT */
				UINT *puintVal;		/* VT_BYREF | VT_UINT */
				__extension__ struct {
					PVOID pvRecord;	       /* VT_RECORD */
					IRecordInfo *pRecInfo; /* of the record */
				};
			};
		};
		DECIMAL decVal; /* VT_DECIMAL */
	};
};

/* The arguments of Invoke, the last one first (Microsoft: "DISPPARAMS structure"). */
typedef struct tagDISPPARAMS {
	VARIANTARG *rgvarg;	   /* the values */
	DISPID *rgdispidNamedArgs; /* the numbers of those that are named */
	UINT cArgs;		   /* how many values */
	UINT cNamedArgs;	   /* how many of them are named */
} DISPPARAMS;

/* What went wrong in Invoke (Microsoft: "EXCEPINFO structure"). */
typedef struct tagEXCEPINFO {
	WORD wCode;	      /* a number of the program's, or 0 */
	WORD wReserved;	      /* 0 */
	BSTR bstrSource;      /* where it came from */
	BSTR bstrDescription; /* a sentence */
	BSTR bstrHelpFile;    /* a path, or NULL */
	DWORD dwHelpContext;  /* a place in it */
	PVOID pvReserved;     /* NULL */
	HRESULT(STDAPICALLTYPE *pfnDeferredFillIn)
	(struct tagEXCEPINFO *); /* fills the above when asked, or NULL */
	SCODE scode;		 /* the result, or 0 */
} EXCEPINFO, *LPEXCEPINFO;

/*
 * IDispatch: members called by name (Microsoft: "IDispatch interface").
 *
 * GetTypeInfoCount(count): 0 or 1. GetTypeInfo(which, locale, info): a description of the
 * members. GetIDsOfNames(IID_NULL, names, count, locale, ids): the numbers of names.
 * Invoke(id, IID_NULL, locale, flags, arguments, result, exception, wrong argument):
 * calls a member.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IDispatch : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT *pctinfo) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT iTInfo, LCID lcid,
						      ITypeInfo **ppTInfo) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID riid, LPOLESTR *rgszNames,
							UINT cNames, LCID lcid,
							DISPID *rgDispId) = 0;
	virtual HRESULT STDMETHODCALLTYPE Invoke(DISPID dispIdMember, REFIID riid,
						 LCID lcid, WORD wFlags,
						 DISPPARAMS *pDispParams,
						 VARIANT *pVarResult,
						 EXCEPINFO *pExcepInfo,
						 UINT *puArgErr) = 0;
};
#else
typedef struct IDispatchVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IDispatch *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IDispatch *This);
	ULONG(STDMETHODCALLTYPE *Release)(IDispatch *This);
	HRESULT(STDMETHODCALLTYPE *GetTypeInfoCount)(IDispatch *This, UINT *pctinfo);
	HRESULT(STDMETHODCALLTYPE *GetTypeInfo)
	(IDispatch *This, UINT iTInfo, LCID lcid, ITypeInfo **ppTInfo);
	HRESULT(STDMETHODCALLTYPE *GetIDsOfNames)
	(IDispatch *This, REFIID riid, LPOLESTR *rgszNames, UINT cNames, LCID lcid,
	 DISPID *rgDispId);
	HRESULT(STDMETHODCALLTYPE *Invoke)
	(IDispatch *This, DISPID dispIdMember, REFIID riid, LCID lcid, WORD wFlags,
	 DISPPARAMS *pDispParams, VARIANT *pVarResult, EXCEPINFO *pExcepInfo,
	 UINT *puArgErr);
} IDispatchVtbl;
struct IDispatch {
	const IDispatchVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IDispatch_QueryInterface(This, riid, ppvObject)                                  \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IDispatch_AddRef(This)	((This)->lpVtbl->AddRef((This)))
#define IDispatch_Release(This) ((This)->lpVtbl->Release((This)))
#define IDispatch_GetTypeInfoCount(This, pctinfo)                                        \
	((This)->lpVtbl->GetTypeInfoCount((This), (pctinfo)))
#define IDispatch_GetTypeInfo(This, iTInfo, lcid, ppTInfo)                               \
	((This)->lpVtbl->GetTypeInfo((This), (iTInfo), (lcid), (ppTInfo)))
#define IDispatch_GetIDsOfNames(This, riid, rgszNames, cNames, lcid, rgDispId)           \
	((This)->lpVtbl->GetIDsOfNames((This), (riid), (rgszNames), (cNames), (lcid),    \
				       (rgDispId)))
#define IDispatch_Invoke(This, dispIdMember, riid, lcid, wFlags, pDispParams,            \
			 pVarResult, pExcepInfo, puArgErr)                               \
	((This)->lpVtbl->Invoke((This), (dispIdMember), (riid), (lcid), (wFlags),        \
				(pDispParams), (pVarResult), (pExcepInfo), (puArgErr)))
#endif
#endif
IXHR2_IID_OF(IDispatch, IID_IDispatch)

/*
 * IErrorInfo: what an object says of its failure (Microsoft: "IErrorInfo interface"). No
 * object of this library has one; ixhr2_error_text (ixhr2.h) has a sentence.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
struct IErrorInfo : public IUnknown {
	virtual HRESULT STDMETHODCALLTYPE GetGUID(GUID *pGUID) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetSource(BSTR *pBstrSource) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetDescription(BSTR *pBstrDescription) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetHelpFile(BSTR *pBstrHelpFile) = 0;
	virtual HRESULT STDMETHODCALLTYPE GetHelpContext(DWORD *pdwHelpContext) = 0;
};
#else
typedef struct IErrorInfoVtbl {
	HRESULT(STDMETHODCALLTYPE *QueryInterface)
	(IErrorInfo *This, REFIID riid, void **ppvObject);
	ULONG(STDMETHODCALLTYPE *AddRef)(IErrorInfo *This);
	ULONG(STDMETHODCALLTYPE *Release)(IErrorInfo *This);
	HRESULT(STDMETHODCALLTYPE *GetGUID)(IErrorInfo *This, GUID *pGUID);
	HRESULT(STDMETHODCALLTYPE *GetSource)(IErrorInfo *This, BSTR *pBstrSource);
	HRESULT(STDMETHODCALLTYPE *GetDescription)
	(IErrorInfo *This, BSTR *pBstrDescription);
	HRESULT(STDMETHODCALLTYPE *GetHelpFile)(IErrorInfo *This, BSTR *pBstrHelpFile);
	HRESULT(STDMETHODCALLTYPE *GetHelpContext)
	(IErrorInfo *This, DWORD *pdwHelpContext);
} IErrorInfoVtbl;
struct IErrorInfo {
	const IErrorInfoVtbl *lpVtbl; /* the functions */
};
#ifdef COBJMACROS
#define IErrorInfo_QueryInterface(This, riid, ppvObject)                                 \
	((This)->lpVtbl->QueryInterface((This), (riid), (ppvObject)))
#define IErrorInfo_AddRef(This)		((This)->lpVtbl->AddRef((This)))
#define IErrorInfo_Release(This)	((This)->lpVtbl->Release((This)))
#define IErrorInfo_GetGUID(This, pGUID) ((This)->lpVtbl->GetGUID((This), (pGUID)))
#define IErrorInfo_GetSource(This, pBstrSource)                                          \
	((This)->lpVtbl->GetSource((This), (pBstrSource)))
#define IErrorInfo_GetDescription(This, pBstrDescription)                                \
	((This)->lpVtbl->GetDescription((This), (pBstrDescription)))
#define IErrorInfo_GetHelpFile(This, pBstrHelpFile)                                      \
	((This)->lpVtbl->GetHelpFile((This), (pBstrHelpFile)))
#define IErrorInfo_GetHelpContext(This, pdwHelpContext)                                  \
	((This)->lpVtbl->GetHelpContext((This), (pdwHelpContext)))
#endif
#endif
IXHR2_IID_OF(IErrorInfo, IID_IErrorInfo)

#endif
