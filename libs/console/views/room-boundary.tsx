import { Component, type ReactNode } from 'react';
import { BrokenNote } from './broken-note.js';
import { Card } from './sign-in-page.js';

interface RoomBoundaryProps {
  readonly children: ReactNode;
}

/** A room that cannot be loaded or drawn says so, and leaves no empty page. */
export class RoomBoundary extends Component<RoomBoundaryProps, { readonly broken: boolean }> {
  override readonly state = { broken: false };

  static getDerivedStateFromError(): { readonly broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Card title="This page broke">
        <BrokenNote />
      </Card>
    );
  }
}
