/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CIST_RUNTIME_VERSION_H
#define CIST_RUNTIME_VERSION_H

/* The runtime specification that is implemented, and the oldest whose bundles run. */
#define SPEC_VERSION		"1.3.0"
#define SPEC_VERSION_MIN	"1.0.0"

/* The runc whose command line and texts are the model, for clients that look for it among the features. */
#define MODEL_RUNC_VERSION	"1.3.0"

#endif
