# SPDX-License-Identifier: Apache-2.0
"""`make bench`: what this machine does with Runestone, beside what it could do at best."""
