import { useState } from 'react';
import { chooseTheme, chosenTheme, THEMES, type Theme } from '../theme.js';

const NAMES: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

/** Light, dark, or as the system says; kept in this browser. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (value: string): void => {
    const chosen = THEMES.find((one) => one === value) ?? 'system';
    chooseTheme(chosen);
    setTheme(chosen);
  };
  return (
    <label className="theme-switch">
      <span>Colours</span>
      <select value={theme} onChange={(event) => choose(event.target.value)}>
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {NAMES[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
