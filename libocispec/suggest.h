/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which member was meant, where one stands that nobody knows. */
#ifndef OCI_SUGGEST_H
#define OCI_SUGGEST_H

#include "libocispec/table.h"

/*
 * place is an entry of doc->unknown for a document that t describes: "process.argz (line 7, column 3)".  The name of a
 * member of the object that it stands in, one or two letters away; NULL when none is near.
 */
const char *oci_suggest(const struct oci_table *t, const char *place);

#endif
