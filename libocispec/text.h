/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What JSON text must be before it is worth parsing (RFC 8259, RFC 3629), and what yajl does not judge. */
#ifndef OCI_TEXT_H
#define OCI_TEXT_H

#include <stddef.h>

/*
 * NULL when the text is valid UTF-8 without a byte order mark and without NUL, neither as a byte nor
 * as \u0000, and surrogates come in pairs only.  Otherwise what is wrong, with its offset.
 */
const char *oci_text_wrong(const char *text, size_t len, size_t *ret_offset);

#endif
