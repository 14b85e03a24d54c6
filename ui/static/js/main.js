// What every staff screen does from the start, one file per behaviour; demand.js brings the rest.
import './pressure.js';
import './clock.js';
import './leaving.js';
import './reach.js';
import './dialogs.js';
import './open.js';
import './acts.js';
import './pages.js';
import './views.js';
import './availability.js';
import './keys.js';
import './demand.js';
import { open } from './live.js';

open();
