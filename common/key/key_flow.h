/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a key for a flow and its ends: bytes, and text as `tcp_10.0.0.1.80_10.0.0.2.1024`. */
#ifndef VTAP_KEY_KEY_FLOW_H
#define VTAP_KEY_KEY_FLOW_H

#include "header/flow.h"

/* Bytes in a key: IP version and address; two of those, the protocol and two ports. */
enum { KEY_FLOW_END_LEN = 17, KEY_FLOW_LEN = 39 };
enum { KEY_FLOW_TEXT = 128 }; /* bytes of the longest text, with its NUL */

/* Writes the bytes of one end, which is an end of flow, and returns how many. */
size_t key_flow_put_end(uint8_t *to, const struct flow *flow, const struct flow_end *end);

/* Writes the text of the bytes of one end: its address. len is not used. */
void key_flow_write_end(const uint8_t *bytes, size_t len, char *text);

/* Writes the bytes of a flow, which is normalised, and returns how many. */
size_t key_flow_put(uint8_t *to, const struct flow *flow);

/* Writes the text of the bytes of a flow. */
void key_flow_write(const uint8_t *bytes, size_t len, char *text);

/* Writes the text that a part of the kind `flow` has for a flow, with a NUL. */
void key_flow_text(const struct flow *flow, char text[KEY_FLOW_TEXT]);

#endif
