// Everything a staff screen does, one file per behaviour.
import './pressure.js';
import './clock.js';
import './dialogs.js';
import './why.js';
import './open.js';
import './acts.js';
import './keys.js';
import './board.js';
import { open } from './live.js';

open();
