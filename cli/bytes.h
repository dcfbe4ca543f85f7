/* SPDX-License-Identifier: MIT */
/* Bytes that grow. All zero is empty. One thread at a time. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stddef.h>

struct bytes {
	char *at;   /* len bytes, without a final NUL; NULL while cap is 0 */
	size_t len; /* bytes in use */
	size_t cap; /* bytes there are */
};

/* Makes room for extra bytes behind the end; answers where they go. */
char *bytes_room(struct bytes *bytes, size_t extra);

/* Appends. */
void bytes_put(struct bytes *bytes, const void *at, size_t len);
void bytes_put_text(struct bytes *bytes, const char *text);
__attribute__((format(printf, 2, 3))) void bytes_format(struct bytes *bytes,
							const char *format, ...);

/* Ends them with a NUL that is not counted and hands them over: free them. Empty after.
 */
char *bytes_take_text(struct bytes *bytes);

/* Empties and frees. */
void bytes_done(struct bytes *bytes);

#endif
