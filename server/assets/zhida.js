// A little help where there is scripting; every page works without it.
"use strict";
