import './no-eval.js';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { arrive } from './arrival.js';
import { loadAnewWhenReplaced } from './load-anew.js';
import { Outbox } from './conversation/outbox.js';
import { applyTheme } from './theme.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';

applyTheme();
loadAnewWhenReplaced();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root');
createRoot(root).render(<App arrival={arrive()} outbox={new Outbox(sessionStorage)} />);
