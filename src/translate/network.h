/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the two devices by which a container is on a bridge. */
#ifndef CIST_TRANSLATE_NETWORK_H
#define CIST_TRANSLATE_NETWORK_H

#include "lithos/address.h"
#include "translate/draft.h"

enum { NETWORK_DEVICE_LEN = 14 };

/*
 * "li_HHHHHH_AAAA", of the bridge's name and the address: the same at each start, so that an administrator finds it.  separator
 * is '_' for the host's end and '-' for the container's.
 */
void network_device(const char *bridge, const struct address *ip, char separator, char ret[NETWORK_DEVICE_LEN + 1]);

#endif
