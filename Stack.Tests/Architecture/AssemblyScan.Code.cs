using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace UserNet.Tests.Architecture;

internal sealed partial class AssemblyScan
{
    private unsafe void ReadCode(BlobReader code, string where)
    {
        var il = new IlReader(new ReadOnlySpan<byte>(code.StartPointer, code.Length));
        bool isConstrained = false;
        while (il.Read())
        {
            if (il.Token != 0) ReadToken(il.Token, where, il.OpCode == OpCodes.Callvirt && !isConstrained);
            isConstrained = il.OpCode == OpCodes.Constrained;
        }
    }

    private void ReadToken(int token, string where, bool isDispatched)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        var collector = new TypeCollector(_metadata);
        if (handle.Kind == HandleKind.StandaloneSignature)
        {
            _metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(collector, null);
            Pointers.Add((_type, where));                      // calli: a call through a function pointer
        }
        else if (handle.Kind is HandleKind.TypeDefinition or HandleKind.TypeReference or HandleKind.TypeSpecification)
        {
            collector.Add(handle);
        }
        else
        {
            string member = AddMember(collector, handle);
            // The first type is the member's own; the rest are type arguments.
            if (collector.Types.Count > 0)
            {
                References.Add(new Reference(_type, where, collector.Types[0], member, isDispatched));
                collector.Types.RemoveAt(0);
            }
        }

        AddAll(collector, where);
    }

    // Adds the type that has the member, then the type arguments; answers the member's name.
    private string AddMember(TypeCollector collector, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                string name = AddMember(collector, generic.Method);
                generic.DecodeSignature(collector, null);
                return name;
            case HandleKind.MethodDefinition:
                MethodDefinition method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                collector.Add(method.GetDeclaringType());
                return _metadata.GetString(method.Name);
            case HandleKind.FieldDefinition:
                FieldDefinition field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                collector.Add(field.GetDeclaringType());
                return _metadata.GetString(field.Name);
            default:
                MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                collector.Add(member.Parent);
                return _metadata.GetString(member.Name);
        }
    }
}
