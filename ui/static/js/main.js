// Everything a staff screen does, one file per behaviour.
import './pressure.js';
import './clock.js';
import './leaving.js';
import './later.js';
import './reach.js';
import './files.js';
import './pick.js';
import './dialogs.js';
import './why.js';
import './tour.js';
import './open.js';
import './acts.js';
import './pages.js';
import './search.js';
import './bulk.js';
import './views.js';
import './keys.js';
import './board.js';
import './wall.js';
import './chart.js';
import { open } from './live.js';

open();
