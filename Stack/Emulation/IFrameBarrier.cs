using UserNet.Link;

namespace UserNet.Emulation;

/// <summary>What stands before a wire, and lets some frames not pass.</summary>
internal interface IFrameBarrier
{
    /// <summary>True for a frame that is to be lost. Called with the wire's lock held: must not call the wire.</summary>
    bool Bars(in LinkFrame frame);
}
